/**
 * Reads answers of HTTP/1.1 and 1.0 out of the bytes of a connection (RFC 9112), one at a time. Strict, since what two readers
 * could take for two different answers is an attack (R12): what is not exactly as the RFC has it fails the call, and is
 * neither repaired nor passed on. Must never hand out a body as whole that was cut off.
 */
import { perName } from '../header-names.ts';
import { Refusal } from '../refusal.ts';
import { broken, parseFields, parseStatusLine } from './answer-fields.ts';
import { Gathered, type Taken } from './gathered.ts';

export interface AnswerHead {
  readonly status: number;
  /** Latin-1, one character per byte. */
  readonly reason: string;
  /** Flat, as they came, in order, with duplicates, Latin-1. */
  readonly headers: string[];
  /** Of the body that was announced; undefined for one that is chunked or ends with the connection. */
  readonly length: number | undefined;
  /** How long the connection may be kept for another request, in ms: 0 for not at all. */
  readonly keepMs: number;
}

/** Who hears of an answer: the head once, the body in pieces, and the end once. */
export interface AnswerSink {
  /** Looked at before each piece; what was read beyond it stays unread. */
  readonly isPaused: boolean;
  onHead(head: AnswerHead): void;
  /** The bytes are the reader's: they change after this has returned. */
  onBody(bytes: Buffer): void;
  onEnd(trailers: string[]): void;
}

/** P4: what an upstream may send as a header section, and as trailers; more is `upstream_too_large`. */
const FIELDS_BYTES_MAX = 64 * 1024;
/** A size of 13 digits is exact as a number; extensions (RFC 9112 §7.1.1) are read over, but not for long. */
const CHUNK_LINE_BYTES_MAX = 1024;
/** Idle time after which a connection is closed unless the upstream announces another: below Node's 5 s as a server. */
const KEEP_MS = 4_000;
const KEEP_MS_MAX = 60_000;
/** An upstream closes at its time, we a little before, so that no request meets the end. */
const KEEP_MARGIN_MS = 2_000;

const FIELDS_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const [CR, LF] = [0x0d, 0x0a] as const;

const BEGINNING = 'HTTP/1.';
const LENGTH = /^\d{1,15}$/;
const CHUNK_LINE = /^([0-9a-fA-F]{1,13})(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const CLOSE = /(?:^|[,\s])close(?:$|[,\s])/i;
const KEEP_TIMEOUT = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i;

type State = 'head' | 'length' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'to-the-end' | 'done';

export class AnswerReader {
  readonly #sink: AnswerSink;
  readonly #gathered = new Gathered();
  #state: State = 'done';
  #isHeadRequest = false;
  /** Of the body, or of the chunk. */
  #left = 0;
  #trailerText = '';
  #trailerBytes = 0;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** A request with this method goes out: its answer is next. */
  begin(method: string): void {
    this.#state = 'head';
    this.#isHeadRequest = method === 'HEAD';
  }

  /** Whether the answer is over, or none is awaited: further bytes belong to nobody. */
  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** How many of the bytes were read: all, unless the answer is over or the sink has paused. @throws Refusal */
  read(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#state !== 'done' && !this.#sink.isPaused) at = this.#step(bytes, at);
    return at;
  }

  /** The connection has ended. @throws Refusal where the answer was not whole */
  end(): void {
    if (this.#state === 'done') return;
    if (this.#state !== 'to-the-end') throw broken('the connection ended before the answer');
    this.#finish([]);
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'length':
      case 'chunk':
        return this.#readCounted(bytes, at);
      case 'to-the-end':
        this.#sink.onBody(at === 0 ? bytes : bytes.subarray(at));
        return bytes.length;
      case 'chunk-line':
        return this.#readChunkLine(bytes, at);
      case 'chunk-end':
        return this.#readChunkEnd(bytes, at);
      case 'trailers':
        return this.#readTrailers(bytes, at);
      default:
        return this.#readHead(bytes, at);
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const found = this.#gathered.takeUntil(bytes, at, FIELDS_END, FIELDS_BYTES_MAX);
    if (found === undefined) {
      checkBeginning(this.#gathered.beginning());
      return bytes.length;
    }
    if (found === 'too-long') throw tooLarge('header section');
    const { head, framing } = parseHead(found, this.#isHeadRequest);
    if (head.status >= 200) this.#begun(head, framing);
    return found.end;
  }

  #begun(head: AnswerHead, framing: Framing): void {
    this.#left = head.length ?? 0;
    const isEmpty = framing === 'none' || (framing === 'length' && this.#left === 0);
    this.#state = framing === 'chunked' ? 'chunk-line' : framing === 'length' ? 'length' : 'to-the-end';
    this.#sink.onHead(head);
    if (isEmpty) this.#finish([]);
  }

  #readCounted(bytes: Buffer, at: number): number {
    const end = Math.min(at + this.#left, bytes.length);
    this.#left -= end - at;
    this.#sink.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    if (this.#left > 0) return end;
    if (this.#state === 'chunk') this.#state = 'chunk-end';
    else this.#finish([]);
    return end;
  }

  #readChunkLine(bytes: Buffer, at: number): number {
    const found = this.#gathered.takeUntil(bytes, at, LINE_END, CHUNK_LINE_BYTES_MAX);
    if (found === undefined) return bytes.length;
    const size =
      found === 'too-long'
        ? null
        : CHUNK_LINE.exec(found.bytes.toString('latin1', found.from, found.to - LINE_END.length));
    if (found === 'too-long' || size === null) throw broken('a chunk has no size');
    this.#left = Number.parseInt(size[1] ?? '', 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return found.end;
  }

  /** The CRLF behind a chunk; `#left` counts how much of it was read. */
  #readChunkEnd(bytes: Buffer, at: number): number {
    if (bytes[at] !== (this.#left === 0 ? CR : LF)) throw broken('a chunk is longer than its size');
    this.#left = this.#left === 0 ? 1 : 0;
    if (this.#left === 0) this.#state = 'chunk-line';
    return at + 1;
  }

  #readTrailers(bytes: Buffer, at: number): number {
    const found = this.#gathered.takeUntil(bytes, at, LINE_END, FIELDS_BYTES_MAX - this.#trailerBytes);
    if (found === undefined) return bytes.length;
    if (found === 'too-long') throw tooLarge('trailer section');
    const line = found.bytes.toString('latin1', found.from, found.to);
    this.#trailerBytes += line.length;
    if (line !== '\r\n') this.#trailerText += line;
    else this.#finish(this.#trailerText === '' ? [] : trailersOf(this.#trailerText));
    return found.end;
  }

  #finish(trailers: string[]): void {
    this.#state = 'done';
    this.#trailerText = '';
    this.#trailerBytes = 0;
    this.#sink.onEnd(trailers);
  }
}

/** What can't become an answer any more fails at once, instead of at the deadline. */
function checkBeginning(text: string): void {
  const length = Math.min(text.length, BEGINNING.length);
  if (text.slice(0, length) !== BEGINNING.slice(0, length)) throw broken('the answer is no HTTP/1.1');
  const line = text.indexOf('\n');
  if (line > 0 && text.charCodeAt(line - 1) !== CR) throw broken('a line ends without CR');
}

type Framing = 'none' | 'length' | 'chunked' | 'close';

function trailersOf(text: string): string[] {
  const bytes = Buffer.from(text, 'latin1');
  return parseFields(bytes, 0, bytes.length);
}

function parseHead(
  { bytes, from, to }: Taken,
  isHeadRequest: boolean,
): { head: AnswerHead; framing: Framing } {
  const { isOld, status, reason, end } = parseStatusLine(bytes, from);
  // RFC 9110 §15.2.2: nobody asked for another protocol, and what follows would be in it.
  if (status === 101) throw broken('the upstream switched protocols');
  // Without the empty line.
  const headers = parseFields(bytes, end, to - LINE_END.length);
  const found = framingOf(headers, isOld);
  const hasNoBody = isHeadRequest || status === 204 || status === 304;
  const framing = hasNoBody ? 'none' : found.framing;
  const keepMs = isOld || framing === 'close' ? 0 : found.keepMs;
  const head = {
    status,
    reason,
    headers,
    length: hasNoBody ? undefined : found.length,
    keepMs,
  };
  return { head, framing };
}

const FRAMING_PARTS = ['content-length', 'transfer-encoding', 'connection', 'keep-alive'] as const;
const framingPartOf = perName((name) => {
  const lower = name.toLowerCase();
  return FRAMING_PARTS.find((part) => part === lower) ?? 'none';
});
/** Most names are of another length than all of these, and need no look-up. */
const FRAMING_LENGTHS = new Set(FRAMING_PARTS.map(({ length }) => length));

/** RFC 9112 §6.3, less what it lets a recipient repair. */
function framingOf(
  headers: readonly string[],
  isOld: boolean,
): { framing: Framing; length: number | undefined; keepMs: number } {
  let length: number | undefined;
  let isChunked = false;
  let keepMs = KEEP_MS;
  let isClosing = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!FRAMING_LENGTHS.has(name.length)) continue;
    const value = headers[i + 1] ?? '';
    switch (framingPartOf(name)) {
      case 'content-length':
        if (length !== undefined || !LENGTH.test(value)) throw broken('the length of the body is ambiguous');
        length = Number(value);
        break;
      case 'transfer-encoding':
        if (isChunked || isOld || value.toLowerCase() !== 'chunked')
          throw broken('the transfer coding is not exactly chunked');
        isChunked = true;
        break;
      case 'connection':
        isClosing ||= value !== 'keep-alive' && CLOSE.test(value);
        break;
      case 'keep-alive':
        keepMs = keepMsOf(value) ?? keepMs;
        break;
      default:
    }
  }
  if (isChunked && length !== undefined) throw broken('the body has both a length and chunks');
  const framing = isChunked ? 'chunked' : length === undefined ? 'close' : 'length';
  return { framing, length, keepMs: isClosing ? 0 : keepMs };
}

function keepMsOf(value: string): number | undefined {
  const seconds = KEEP_TIMEOUT.exec(value)?.[1];
  if (seconds === undefined) return undefined;
  return Math.min(Math.max(Number(seconds) * 1000 - KEEP_MARGIN_MS, 0), KEEP_MS_MAX);
}

const tooLarge = (what: string): Refusal =>
  new Refusal('upstream_too_large', { detail: `a ${what} of more than ${FIELDS_BYTES_MAX} bytes` });
