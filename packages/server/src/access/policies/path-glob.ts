/**
 * Paths under a policy (R8): which forms of a path are judged, and globs over them. Pure, and linear in the path.
 * Must never repair a path: one that servers read in different ways is unclear, and so denied.
 *
 * A path is judged in the form that is sent, with percent-encoded characters that need no encoding decoded, since they
 * mean the same (RFC 3986 §6.2.2.2). Where servers differ about empty segments and `;` parameters, every reading is
 * judged: to be allowed, all must match; to be denied or held, one is enough.
 */
import { ambiguous, type Match, type Unclear } from './types.ts';

const PLAIN = /^[A-Za-z0-9\-._~!$&'()*+,:@/]*$/;
const REFUSED = /%(?:2f|5c|00|25)/i;
const ESCAPES = /%([0-9a-f]{2})/gi;
const DOT_SEGMENT = /^\.\.?(?:;|$)/;
const PATTERN_CHARACTERS = /^[\x21-\x7e]+$/;

/** The readings of a path, mostly one, or why it has no clear one. */
export function readingsOf(path: string): readonly string[] | Unclear {
  const problem = pathProblem(path);
  if (problem !== undefined) return ambiguous(problem);
  const plain = PLAIN.test(path) ? path : normaliseEscapes(path);
  if (path.includes('.') || path.includes('%')) {
    if (plain.split('/').some((segment) => DOT_SEGMENT.test(segment)))
      return ambiguous('the path has a segment of dots, which servers read in different ways');
  }
  const readings = [plain];
  if (plain.includes('//')) readings.push(plain.replaceAll(/\/{2,}/g, '/'));
  if (plain.includes(';')) readings.push(plain.replaceAll(/;[^/]*/g, '').replaceAll(/\/{2,}/g, '/'));
  return readings;
}

function pathProblem(path: string): string | undefined {
  if (!path.includes('%') && !path.includes('\\')) return undefined;
  if (REFUSED.test(path) || path.includes('\\'))
    return 'the path holds %2f, %5c, %00, %25 or a backslash, which servers read in different ways';
  if (/%(?![0-9a-f]{2})/i.test(path)) return 'the path holds a % that is no escape';
  try {
    decodeURIComponent(path);
    return undefined;
  } catch {
    return 'the path holds escapes that are not UTF-8';
  }
}

function normaliseEscapes(text: string): string {
  return text.replace(ESCAPES, (escape, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : escape.toUpperCase();
  });
}

/** What is wrong with a glob, or undefined. */
export function pathGlobProblem(glob: string): string | undefined {
  if (!glob.startsWith('/')) return 'must begin with /';
  if (!PATTERN_CHARACTERS.test(glob)) return 'must be printable ASCII; percent-encode anything else';
  if (/[?#[\]{}\\]/.test(glob))
    return 'has only * and ** as wildcards; percent-encode other special characters; no query';
  const problem = pathProblem(glob);
  if (problem !== undefined) return problem.replace('the path ', '');
  const segments = glob.slice(1).split('/');
  if (segments.some((segment) => segment.includes('**') && segment !== '**'))
    return 'may have ** only as a whole segment';
  if (segments.slice(0, -1).includes('')) return 'has an empty segment, which servers read in different ways';
  if (segments.some((segment) => DOT_SEGMENT.test(normaliseEscapes(segment))))
    return 'has a segment of dots, which no path has when it is sent';
  return undefined;
}

type Segment = 'any' | ((text: string) => boolean);

export interface PathGlobs {
  /** Whether the readings match: all of them when `isNarrow`, else one. */
  match(readings: readonly string[] | Unclear, isNarrow: boolean): Match;
}

export function compilePathGlobs(globs: readonly string[]): PathGlobs {
  const exact = new Set<string>();
  const matchers: ((path: string) => boolean)[] = [];
  for (const glob of globs) {
    if (!glob.includes('*')) exact.add(normaliseEscapes(glob));
    else matchers.push(compileGlob(glob));
  }
  const matches = (path: string): boolean => exact.has(path) || matchers.some((matcher) => matcher(path));
  return {
    match(readings, isNarrow) {
      if ('verdict' in readings) return readings;
      return isNarrow ? readings.every(matches) : readings.some(matches);
    },
  };
}

function compileGlob(glob: string): (path: string) => boolean {
  const texts = glob.slice(1).split('/');
  const fixed = texts.slice(0, -1);
  if (texts.at(-1) === '**' && !fixed.some((text) => text.includes('*'))) {
    const prefix = fixed.map((text) => `/${normaliseEscapes(text)}`).join('');
    return (path) => path === prefix || path.startsWith(`${prefix}/`);
  }
  const segments = texts.map(compileSegment);
  return (path) => matchSegments(segments, path.slice(1).split('/'));
}

/** `*` alone stands for a segment that is not empty; beside other text also for nothing. */
function compileSegment(text: string): Segment {
  if (text === '**') return 'any';
  if (text === '*') return (segment) => segment !== '';
  const [first = '', ...rest] = text.split('*').map(normaliseEscapes);
  const last = rest.pop();
  if (last === undefined) return (segment) => segment === first;
  return (segment) => {
    if (segment.length < first.length + last.length || !segment.startsWith(first)) return false;
    const end = segment.length - last.length;
    if (!segment.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = segment.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** Only the last `**` ever needs to take one segment more, so that no pattern costs more than segments × segments. */
function matchSegments(pattern: readonly Segment[], path: readonly string[]): boolean {
  let p = 0;
  let s = 0;
  let retryPattern = -1;
  let retryPath = 0;
  while (s < path.length) {
    const one = pattern[p];
    if (one === 'any') {
      retryPattern = p;
      retryPath = s;
      p += 1;
    } else if (one?.(path[s] ?? '') === true) {
      p += 1;
      s += 1;
    } else if (retryPattern >= 0) {
      retryPath += 1;
      p = retryPattern + 1;
      s = retryPath;
    } else return false;
  }
  return pattern.slice(p).every((segment) => segment === 'any');
}
