/**
 * Replaces injected values that an upstream echoes (I8), in headers and, with a window no longer than needed,
 * in streams. Works on bytes and on what is left when nothing matches it changes nothing.
 */

export const REDACTED = '[redacted]';

/** As the vault does (WIRE §9): shorter values would match by chance. */
const NEEDLE_BYTES_MIN = 8;

const utf8 = new TextEncoder();
const replacement = utf8.encode(REDACTED);

/** The values to look for, in the forms in which they are echoed: as they are, in URLs and in JSON strings. */
export class Redactor {
  readonly #texts: readonly string[];
  readonly #needles: readonly Uint8Array[];

  constructor(secrets: Iterable<string>) {
    const texts = new Set<string>();
    for (const secret of secrets) {
      if (utf8.encode(secret).byteLength < NEEDLE_BYTES_MIN) continue;
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        texts.add(form);
    }
    // The longest first: what contains another is replaced as a whole.
    this.#texts = [...texts].toSorted((a, b) => b.length - a.length);
    this.#needles = this.#texts.map((text) => utf8.encode(text));
  }

  get isEmpty(): boolean {
    return this.#needles.length === 0;
  }

  redactText(text: string): string {
    return this.#texts.reduce((result, needle) => result.replaceAll(needle, () => REDACTED), text);
  }

  /** A stateful pass over the chunks of one body. */
  stream(): StreamRedactor {
    return new StreamRedactor(this.#needles);
  }
}

/** Holds back only what may be the beginning of a needle, so that event streams are not delayed. */
export class StreamRedactor {
  readonly #needles: readonly Uint8Array[];
  #held: Uint8Array = new Uint8Array(0);

  constructor(needles: readonly Uint8Array[]) {
    this.#needles = needles;
  }

  /** What may be handed on now. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#needles.length === 0) return chunk;
    return this.#pass(this.#held.byteLength === 0 ? chunk : concat([this.#held, chunk]), false);
  }

  /** The rest, at the end. */
  flush(): Uint8Array {
    return this.#held.byteLength === 0 ? this.#held : this.#pass(this.#held, true);
  }

  #pass(bytes: Uint8Array, isEnd: boolean): Uint8Array {
    const parts: Uint8Array[] = [];
    let at = 0;
    let heldFrom = isEnd ? bytes.byteLength : this.#heldFrom(bytes, at);
    // A match that begins inside what is held waits: it may be part of a longer needle.
    for (
      let match = this.#find(bytes, at);
      match !== undefined && match.start < heldFrom;
      match = this.#find(bytes, at)
    ) {
      parts.push(bytes.subarray(at, match.start), replacement);
      at = match.end;
      if (at > heldFrom) heldFrom = this.#heldFrom(bytes, at);
    }
    this.#held = bytes.slice(heldFrom);
    parts.push(bytes.subarray(at, heldFrom));
    return parts.length === 1 ? (parts[0] ?? bytes) : concat(parts);
  }

  /** The leftmost match; of two at the same place the longer. */
  #find(bytes: Uint8Array, from: number): { start: number; end: number } | undefined {
    let best: { start: number; end: number } | undefined;
    for (const needle of this.#needles) {
      const start = indexOf(bytes, needle, from);
      if (start >= 0 && (best === undefined || start < best.start))
        best = { start, end: start + needle.byteLength };
    }
    return best;
  }

  /** Where the longest end of `bytes` begins that may be the beginning of a needle. */
  #heldFrom(bytes: Uint8Array, from: number): number {
    const longest = Math.max(...this.#needles.map((needle) => needle.byteLength)) - 1;
    for (let length = Math.min(longest, bytes.byteLength - from); length > 0; length -= 1) {
      const start = bytes.byteLength - length;
      if (
        this.#needles.some((needle) => needle.byteLength > length && startsAt(bytes, start, needle, length))
      )
        return start;
    }
    return bytes.byteLength;
  }
}

/** The native search for one byte makes this fast where a needle's first byte is rare. */
function indexOf(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  const first = needle[0] ?? 0;
  const last = bytes.byteLength - needle.byteLength;
  for (let at = bytes.indexOf(first, from); at >= 0 && at <= last; at = bytes.indexOf(first, at + 1)) {
    if (startsAt(bytes, at, needle, needle.byteLength)) return at;
  }
  return -1;
}

function startsAt(bytes: Uint8Array, at: number, needle: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i += 1) if (bytes[at + i] !== needle[i]) return false;
  return true;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
