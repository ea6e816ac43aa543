/** Patterns of operators (A9): RE2, linear in the text, never the runtime's own engine. */
import { schemas } from '@alter-vault/contract';
import { RE2JS } from 're2js';
import { ambiguous, type Match } from './types.ts';

const { PATTERN_LENGTH_MAX } = schemas;

/** What a pattern costs for each character is bounded by its program. */
const PROGRAM_SIZE_MAX = 2000;
/** A judged text of this length takes a few milliseconds at worst; longer ones are not judged. */
const TEXT_LENGTH_MAX = 16 * 1024;

/** What is wrong with a pattern, or undefined. */
export function patternProblem(source: string): string | undefined {
  if (source.length > PATTERN_LENGTH_MAX) return `is longer than ${PATTERN_LENGTH_MAX} characters`;
  try {
    const size = RE2JS.compile(source).programSize();
    return size > PROGRAM_SIZE_MAX ? 'is too large a pattern; repeat less' : undefined;
  } catch {
    return 'is not an RE2 pattern (RE2 has no backreferences and no look-around)';
  }
}

/** Finds a match anywhere in the text. @throws when `patternProblem` finds fault with it */
export function compilePattern(source: string): (text: string) => Match {
  const pattern = RE2JS.compile(source);
  return (text) =>
    text.length > TEXT_LENGTH_MAX
      ? ambiguous(`the text that a pattern is to judge is longer than ${TEXT_LENGTH_MAX} characters`)
      : pattern.test(text);
}
