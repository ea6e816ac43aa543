/**
 * Recognises stored secret values in text that callers send for the audit log (I8), without opening anything: each
 * value's words are kept as keyed fingerprints. A word is a run of 8 or more of the characters that no encoding changes
 * (RFC 3986 §2.3), so it is found in URLs, JSON and prose alike. What a fingerprint shows without the key is the word's
 * length. Values without such a word are not recognised.
 */
import type { KeyObject } from 'node:crypto';
import { hmacSha256 } from './hash.ts';
import { lengthPrefixed } from './parts.ts';
import type { Secret } from './secret.ts';

const WORD = /[A-Za-z0-9_.~-]{8,}/g;
const LABEL = 'alter-vault/v1/fingerprint';
const TAG_BYTES = 16;
const REDACTED = '[redacted]';
const CLEAN_MAX = 1000;
const CLEAN_CHARS_MAX = 512;

const tagOf = (key: KeyObject, appId: string, word: string): string =>
  hmacSha256(key, lengthPrefixed([LABEL, appId, word])).toString('base64url', 0, TAG_BYTES);

/** `<length>:<tag>` for each word of the value. */
export function fingerprintsOf(key: KeyObject, appId: string, value: Secret): string[] {
  const words = new Set(value.revealText().match(WORD) ?? []);
  return [...words].map((word) => `${word.length}:${tagOf(key, appId, word)}`);
}

/** The fingerprints of one app's secrets, ready to look for. */
export class FingerprintIndex {
  readonly #key: KeyObject;
  readonly #appId: string;
  readonly #tags: ReadonlySet<string>;
  readonly #lengths = new Set<number>();
  /** Texts that come again and again and hold nothing. */
  readonly #clean = new Set<string>();

  constructor(key: KeyObject, appId: string, fingerprints: Iterable<string>) {
    this.#key = key;
    this.#appId = appId;
    this.#tags = new Set(fingerprints);
    for (const fingerprint of this.#tags) this.#lengths.add(Number.parseInt(fingerprint, 10));
  }

  /** The text with each word of a stored value replaced. Text with nothing of the right length costs next to nothing. */
  redact(text: string): string {
    if (this.#lengths.size === 0 || this.#clean.has(text)) return text;
    const redacted = text.replace(WORD, (word) => (this.#isSecret(word) ? REDACTED : word));
    if (redacted === text && text.length <= CLEAN_CHARS_MAX) this.#remember(text);
    return redacted;
  }

  #remember(text: string): void {
    if (this.#clean.size >= CLEAN_MAX) this.#clean.clear();
    this.#clean.add(text);
  }

  #isSecret(word: string): boolean {
    if (!this.#lengths.has(word.length)) return false;
    return this.#tags.has(`${word.length}:${tagOf(this.#key, this.#appId, word)}`);
  }
}
