/**
 * Which passwords are too easily guessed (NIST SP 800-63B §3.1.1.2): common and breached ones, repetition and sequences,
 * and what is made of the account's and the vault's own words. No rule on characters. Asks nobody: the lists are in the package.
 */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { Refusal } from '../refusal.ts';

/** Fewer guesses than this, as powers of ten, and it is on the lists or next to something that is. */
const GUESSES_LOG10_MIN = 6;
/** What comes after is not looked at: it costs time, and a password of this length is not on a list. */
const LOOKED_AT_CHARS = 64;
/** Words of the vault itself. */
const OWN_WORDS = ['alter', 'vault', 'altervault'];
const WORD_CHARS_MIN = 3;
/** What is left of a password without the words of its context must be at least so long. */
const BEYOND_CONTEXT_CHARS_MIN = 4;

let guesser: Promise<ZxcvbnFactory> | undefined;

/** The lists take some 40 MB; they are read when the first password is set. */
function theGuesser(): Promise<ZxcvbnFactory> {
  guesser ??= (async () => {
    const [{ ZxcvbnFactory: Factory }, common, english] = await Promise.all([
      import('@zxcvbn-ts/core'),
      import('@zxcvbn-ts/language-common'),
      import('@zxcvbn-ts/language-en'),
    ]);
    return new Factory({
      dictionary: { ...common.dictionary, ...english.dictionary },
      graphs: common.adjacencyGraphs,
    });
  })();
  return guesser;
}

export interface PasswordContext {
  readonly email: string | null;
  readonly displayName?: string | null | undefined;
}

/** @throws Refusal `invalid_request` that names `path`, and never says what the password was (I8) */
export async function checkPasswordStrength(
  password: string,
  context: PasswordContext,
  path = 'password',
): Promise<void> {
  const words = contextWords(context);
  const looked = password.normalize('NFKC').slice(0, LOOKED_AT_CHARS);
  if (isOfContext(looked, words))
    throw refused(path, 'is made of your name, address or the vault’s own words');
  const { guessesLog10 } = (await theGuesser()).check(looked, words);
  if (guessesLog10 < GUESSES_LOG10_MIN)
    throw refused(path, 'is too common: it is on a list of known passwords, or next to one that is');
}

function contextWords({ email, displayName }: PasswordContext): string[] {
  const texts = [email ?? '', displayName ?? ''];
  const words = texts.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]);
  return [...new Set([...OWN_WORDS, ...words.map((word) => word.toLowerCase())])].filter(
    (word) => word.length >= WORD_CHARS_MIN,
  );
}

/** Whether nothing is left of it but digits and signs once the words of its context are taken out. */
function isOfContext(password: string, words: readonly string[]): boolean {
  let left = password.toLowerCase();
  for (const word of words.toSorted((a, b) => b.length - a.length)) left = left.replaceAll(word, ' ');
  return (
    left.replaceAll(/[^\p{L}]/gu, '').length < BEYOND_CONTEXT_CHARS_MIN && left !== password.toLowerCase()
  );
}

const refused = (path: string, message: string): Refusal =>
  new Refusal('invalid_request', {
    message: 'This password is too easy to guess.',
    hint: 'Take a few words that do not belong together, or have a password manager make one.',
    issues: [{ path, message }],
  });
