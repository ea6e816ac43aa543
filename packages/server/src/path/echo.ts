/**
 * Replaces what an upstream echoes of the secrets that were injected (P1, I5, I8): in header values and, as
 * it streams by, in bodies. Recognised are the secret as it is, percent-encoded, JSON-escaped (any subset of
 * the characters, any letter case) and inside base64 and base64url text at any alignment, these again with
 * escapes. Everything else goes out byte for byte, and as soon as it can't be the start of an echo.
 * Must never hold back more than `heldBytesMax`, and never decodes or re-encodes what it passes on.
 */
import type { Secret } from '../vault/secret.ts';
import { type EchoForm, formsOf } from './echo-forms.ts';
import { EchoScanner, type ScanResult } from './echo-scanner.ts';

/** Shorter values would be found by chance in ordinary text (WIRE §9). */
export const ECHO_SECRET_BYTES_MIN = 8;

const REDACTED_TEXT = '[redacted]';
const REDACTED = Buffer.from(REDACTED_TEXT);
const NOTHING = Buffer.alloc(0);
const MASK = '*';

/** Whether a body with this `Content-Encoding` can be searched; if not, the event is flagged `response_not_inspected`. */
export function canReadEncoding(contentEncoding: string | undefined): boolean {
  if (contentEncoding === undefined) return true;
  return contentEncoding.split(',').every((coding) => ['', 'identity'].includes(coding.trim().toLowerCase()));
}

/** The fields of a credential that are secret. */
export function secretFields(publicFields: readonly string[], fields: ReadonlyMap<string, Secret>): Secret[] {
  return [...fields].filter(([name]) => !publicFields.includes(name)).map(([, secret]) => secret);
}

/** What is searched for in the answers to one call. */
export class EchoMatcher {
  #forms: readonly EchoForm[];
  /** Those that are zeroed with this matcher. */
  #own: readonly EchoForm[];
  #scanner: EchoScanner | undefined;

  private constructor(forms: readonly EchoForm[], own: readonly EchoForm[], scanner?: EchoScanner) {
    this.#forms = forms;
    this.#own = own;
    this.#scanner = scanner ?? (forms.length === 0 ? undefined : new EchoScanner(forms));
  }

  /** Copies the values of these secret fields; those under 8 bytes are left out. */
  static forSecrets(fields: readonly Secret[]): EchoMatcher {
    const searched = fields.filter((field) => field.byteLength >= ECHO_SECRET_BYTES_MIN);
    const forms = searched.flatMap((field) => formsOf(field.reveal()));
    return new EchoMatcher(forms, forms);
  }

  /** One more over the same values, which lives no longer than this one. */
  beside(): EchoMatcher {
    return new EchoMatcher(this.#forms, [], this.#scanner);
  }

  /** Searches for these as well, in streams and headers that begin after this. */
  alsoCover(fields: readonly Secret[]): void {
    const more = EchoMatcher.forSecrets(fields).#forms;
    if (more.length === 0) return;
    this.#forms = [...this.#forms, ...more];
    this.#own = [...this.#own, ...more];
    this.#scanner = new EchoScanner(this.#forms);
  }

  /** The most bytes a stream may hold back: the longest encoded secret less one. */
  get heldBytesMax(): number {
    return this.#scanner?.heldBytesMax ?? 0;
  }

  /** Text with fewer characters holds no echo. */
  get textCharsMin(): number {
    return this.#scanner?.unitsMin ?? Infinity;
  }

  /** A header value, as node:http and egress give it: one character per byte. */
  redactText(headerValueLatin1: string): { text: string; echoed: boolean } {
    const scanner = this.#scanner;
    if (!scanner || headerValueLatin1.length < this.textCharsMin)
      return { text: headerValueLatin1, echoed: false };
    const { spans } = scanner.scan(Buffer.from(headerValueLatin1, 'latin1'));
    if (spans.length === 0) return { text: headerValueLatin1, echoed: false };
    let text = '';
    let end = 0;
    for (const run of mergeOverlapping(spans, 0)) {
      text += headerValueLatin1.slice(end, run.start) + REDACTED_TEXT;
      end = run.end;
    }
    return { text: text + headerValueLatin1.slice(end), echoed: true };
  }

  /**
   * For one body. Streams of one matcher may be used side by side. `keepsLength`: of a body whose length was announced
   * before it was seen, each echo is replaced by as many bytes.
   */
  stream(keepsLength = false): EchoStream {
    return new EchoStream(this.#scanner, keepsLength);
  }

  /** Zeroes its copies once the answer is through. Not to be used after that. */
  destroy(): void {
    for (const form of this.#own) form.units.fill(0);
  }
}

/** The redaction of one body, piece by piece. */
export class EchoStream {
  readonly #scanner: EchoScanner | undefined;
  readonly #keepsLength: boolean;
  #held: Buffer = NOTHING;
  /** How many of the held bytes belong to an echo that was replaced already. */
  #coveredBytes = 0;
  #echoed = false;

  constructor(scanner: EchoScanner | undefined, keepsLength = false) {
    this.#scanner = scanner;
    this.#keepsLength = keepsLength;
  }

  /** Whether a secret was found so far. */
  get echoed(): boolean {
    return this.#echoed;
  }

  /** What may go out now, perhaps nothing. The very same buffer when it is untouched and nothing was held. */
  push(chunk: Buffer): Buffer {
    if (!this.#scanner || chunk.length === 0) return chunk;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const found = this.#scanner.scan(bytes);
    return this.#release(bytes, found.spans, found.holdFrom);
  }

  /** The rest, when the body is over. */
  end(): Buffer {
    const held = this.#held;
    if (!this.#scanner || held.length === 0) return NOTHING;
    return this.#release(held, this.#scanner.scan(held).spans, held.length);
  }

  #release(bytes: Buffer, spans: ScanResult['spans'], holdFrom: number): Buffer {
    const isUntouched = spans.length === 0 && this.#coveredBytes === 0;
    if (isUntouched && holdFrom === bytes.length) {
      this.#held = NOTHING;
      return bytes;
    }
    const parts: Buffer[] = [];
    let end = 0;
    for (const run of isUntouched ? [] : mergeOverlapping(spans, this.#coveredBytes)) {
      // A match inside what may become a longer one is found again when that is known.
      if (run.start >= holdFrom && !run.isReplaced) break;
      if (run.start > end) parts.push(bytes.subarray(end, run.start));
      if (!run.isReplaced) parts.push(this.#keepsLength ? masked(run.end - run.start) : REDACTED);
      else if (this.#keepsLength) parts.push(Buffer.alloc(run.end - this.#coveredBytes, MASK));
      this.#echoed ||= !run.isReplaced;
      end = run.end;
    }
    this.#held = holdFrom === bytes.length ? NOTHING : Buffer.from(bytes.subarray(holdFrom));
    this.#coveredBytes = Math.max(0, end - holdFrom);
    if (isUntouched) return bytes.subarray(0, holdFrom);
    if (end < holdFrom) parts.push(bytes.subarray(end, holdFrom));
    return Buffer.concat(parts);
  }
}

/** `[redacted]` in exactly so many bytes: cut, or filled up. */
function masked(length: number): Buffer {
  const bytes = Buffer.alloc(length, MASK);
  REDACTED.copy(bytes);
  return bytes;
}

interface Run {
  start: number;
  end: number;
  /** Stands in the output already. */
  isReplaced: boolean;
}

/** Spans in order, overlapping ones as one. The first `coveredBytes` are a run that was replaced before. */
function mergeOverlapping(spans: readonly number[], coveredBytes: number): Run[] {
  const runs: Run[] = coveredBytes > 0 ? [{ start: 0, end: coveredBytes, isReplaced: true }] : [];
  const pairs = spans.flatMap((start, i) => (i % 2 === 0 ? [{ start, end: spans[i + 1] ?? start }] : []));
  for (const { start, end } of pairs.sort((a, b) => a.start - b.start)) {
    const last = runs.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else runs.push({ start, end, isReplaced: false });
  }
  return runs;
}
