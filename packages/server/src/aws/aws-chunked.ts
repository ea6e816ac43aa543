/**
 * The content coding `aws-chunked`: which form of it a request announces, and a reader of its chunks. Knows no key, and does not
 * look at what the signatures in it say. Strict: what S3 could read in another way than this is refused, never repaired.
 */
import { Refusal } from '../refusal.ts';

/** What `x-amz-content-sha256` announces. */
export interface ChunkedForm {
  readonly payload: string;
  /** Each chunk carries a signature. */
  readonly isSigned: boolean;
  readonly hasTrailers: boolean;
}

export const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

const FORMS: readonly ChunkedForm[] = [
  { payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', isSigned: true, hasTrailers: false },
  { payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', isSigned: true, hasTrailers: true },
  { payload: UNSIGNED_TRAILER, isSigned: false, hasTrailers: true },
];

/** A form, and what the other headers say of the body. */
export interface Framing extends ChunkedForm {
  /** Bytes of all chunks together. */
  readonly decodedLength: number;
  /** In lower case. */
  readonly trailerNames: readonly string[];
}

type Pair = readonly [name: string, value: string];

/** Undefined where the body is not in chunks. @throws Refusal for a form that is none of those above */
export function chunkedForm(headers: readonly string[]): ChunkedForm | undefined {
  const [declared = ''] = valuesOf(headers, 'x-amz-content-sha256');
  if (!declared.startsWith('STREAMING-')) return undefined;
  const form = FORMS.find(({ payload }) => payload === declared);
  if (form !== undefined) return form;
  throw new Refusal('invalid_request', {
    message: 'The body announces chunks that are signed in a way that the vault does not know.',
    hint: `x-amz-content-sha256 may be ${FORMS.map(({ payload }) => payload).join(', ')}, or the SHA-256 of the body in hex.`,
  });
}

/** The names of the headers that tell of the framing, which no longer hold once it is taken off. */
const ABOUT_FRAMING = new Set(['x-amz-content-sha256', 'x-amz-decoded-content-length', 'x-amz-trailer']);
const DECODED_LENGTH = 'x-amz-decoded-content-length';
/** S3 takes no other trailers; as headers these mean the same. */
const TRAILER_NAME = /^x-amz-checksum-[a-z0-9-]{1,64}$/;

/** @throws Refusal where the headers do not say what S3 needs to read the body */
export function framingOf(headers: readonly string[], form: ChunkedForm): Framing {
  const lengths = valuesOf(headers, DECODED_LENGTH);
  const [length = ''] = lengths;
  if (lengths.length !== 1 || !/^\d{1,15}$/.test(length))
    throw malformed(`${DECODED_LENGTH} must be there once, with the number of bytes without the framing`);
  const trailerNames = valuesOf(headers, 'x-amz-trailer')
    .join(',')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (form.hasTrailers !== trailerNames.length > 0)
    throw malformed(`x-amz-trailer must ${form.hasTrailers ? '' : 'not '}be there with ${form.payload}`);
  if (trailerNames.some((name) => !TRAILER_NAME.test(name)) || !areDistinct(trailerNames))
    throw malformed('x-amz-trailer may name checksums (x-amz-checksum-…) only, each once');
  return { ...form, decodedLength: Number(length), trailerNames };
}

/** A chunk that has come whole. */
export interface Chunk {
  /** The size as it was written. */
  readonly size: string;
  readonly data: Buffer;
  /** With it all data have come. */
  readonly isLastData: boolean;
}

/** The chunk of no bytes that is the last, and what follows it. */
export interface LastChunk {
  readonly size: string;
  /** Names in lower case. */
  readonly trailers: readonly Pair[];
  /** As it came, behind the line of the chunk. */
  readonly tail: string;
}

/** `size;chunk-signature=` with 16 digits of size and 64 of signature. */
const LINE_BYTES_MAX = 99;
const TAIL_BYTES_MAX = 8 * 1024;
const FIRST_BYTES = 64 * 1024;
const SIGNED_LINE = /^([0-9a-fA-F]{1,16});chunk-signature=[0-9a-fA-F]{64}\r\n$/;
const UNSIGNED_LINE = /^([0-9a-fA-F]{1,16})\r\n$/;
const LINE_END_BYTES = 2;
const NOTHING: Buffer = Buffer.alloc(0);
const TRAILER = /^([A-Za-z0-9-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)[ \t]*$/;
export const TRAILER_SIGNATURE = /^(x-amz-trailer-signature:[ \t]*)([0-9a-f]{64})([ \t]*)$/im;

/** Reads a body piece by piece. Keeps no more than the chunk that is coming. */
export class ChunkReader {
  readonly #framing: Framing;
  readonly #chunkBytesMax: number;
  #state: 'line' | 'data' | 'tail' = 'line';
  /** Of the line, or of the tail, that is coming. */
  #text = '';
  #size = '';
  /** Room for the data that is coming; grows with it, so that nobody takes memory by announcing a size. */
  #data: Buffer = NOTHING;
  #dataBytes = 0;
  #dataWanted = 0;
  #announced = 0;
  /** Bytes of the chunks that came whole so far. */
  decodedBytes = 0;

  constructor(framing: Framing, chunkBytesMax: number) {
    this.#framing = framing;
    this.#chunkBytesMax = chunkBytesMax;
  }

  /** The chunks that are whole with this piece. @throws Refusal */
  read(piece: Buffer): Chunk[] {
    const whole: Chunk[] = [];
    let at = 0;
    while (at < piece.length) {
      if (this.#state === 'line') at = this.#readLine(piece, at);
      else if (this.#state === 'data') at = this.#readData(piece, at, whole);
      else at = this.#readTail(piece, at);
    }
    return whole;
  }

  /** The body has ended. @throws Refusal where it is not whole */
  end(): LastChunk {
    if (this.#state !== 'tail') throw malformed('the body ends before its last chunk');
    const tail = this.#text;
    const trailers = this.#framing.hasTrailers ? this.#trailersOf(tail) : [];
    if (!this.#framing.hasTrailers && tail !== '\r\n')
      throw malformed('behind the last chunk there must be an empty line and nothing else');
    return { size: this.#size, trailers, tail };
  }

  #readLine(piece: Buffer, at: number): number {
    const found = piece.indexOf('\n', at);
    const end = found === -1 ? piece.length : found + 1;
    if (this.#text.length + end - at > LINE_BYTES_MAX) throw malformed('a chunk begins with no size');
    this.#text += piece.toString('latin1', at, end);
    if (found === -1) return end;
    const line = this.#framing.isSigned ? SIGNED_LINE : UNSIGNED_LINE;
    const size = line.exec(this.#text)?.[1];
    if (size === undefined) throw malformed('the line of a chunk is not as it must be');
    this.#text = '';
    this.#begin(size);
    return end;
  }

  #begin(size: string): void {
    const bytes = Number.parseInt(size, 16);
    this.#size = size;
    this.#announced += bytes;
    const { decodedLength } = this.#framing;
    if (this.#announced > decodedLength || (bytes === 0 && this.#announced < decodedLength))
      throw malformed(`the chunks are not the ${decodedLength} bytes that ${DECODED_LENGTH} says`);
    if (bytes > this.#chunkBytesMax) throw tooLarge(this.#chunkBytesMax);
    this.#state = bytes === 0 ? 'tail' : 'data';
    this.#dataWanted = bytes + LINE_END_BYTES;
    this.#dataBytes = 0;
    this.#data = Buffer.allocUnsafeSlow(Math.min(this.#dataWanted, FIRST_BYTES + LINE_END_BYTES));
  }

  #readData(piece: Buffer, at: number, whole: Chunk[]): number {
    const end = Math.min(piece.length, at + this.#dataWanted - this.#dataBytes);
    const bytes = this.#dataBytes + end - at;
    if (bytes > this.#data.length) {
      const roomier = Buffer.allocUnsafeSlow(
        Math.min(this.#dataWanted, Math.max(bytes, 2 * this.#data.length)),
      );
      this.#data.copy(roomier, 0, 0, this.#dataBytes);
      this.#data = roomier;
    }
    piece.copy(this.#data, this.#dataBytes, at, end);
    this.#dataBytes = bytes;
    if (bytes === this.#dataWanted) whole.push(this.#take());
    return end;
  }

  #take(): Chunk {
    const data = this.#data.subarray(0, -LINE_END_BYTES);
    if (this.#data.toString('latin1', data.length) !== '\r\n')
      throw malformed('the data of a chunk is not as long as its size says');
    this.#state = 'line';
    this.#data = NOTHING;
    this.decodedBytes += data.length;
    return { size: this.#size, data, isLastData: this.decodedBytes === this.#framing.decodedLength };
  }

  #readTail(piece: Buffer, at: number): number {
    if (this.#text.length + piece.length - at > (this.#framing.hasTrailers ? TAIL_BYTES_MAX : LINE_END_BYTES))
      throw malformed('there is more behind the last chunk than may be');
    this.#text += piece.toString('latin1', at);
    return piece.length;
  }

  /** Lines may end in LF alone, and empty ones may stand between: AWS's own example and its clients do not agree on that. */
  #trailersOf(tail: string): Pair[] {
    if (!tail.endsWith('\n')) throw malformed('the trailers are cut off');
    // Some servers end a line here: what stands before it would be a trailer that nobody has judged.
    if (/\r(?!\n)/.test(tail)) throw malformed('a CR stands alone in the trailers');
    const lines = tail.split(/\r?\n/).filter((line) => line !== '');
    const isSignedLast = TRAILER_SIGNATURE.test(lines.at(-1) ?? '');
    if (isSignedLast !== this.#framing.isSigned)
      throw malformed(
        this.#framing.isSigned
          ? 'the last trailer must be x-amz-trailer-signature'
          : 'x-amz-trailer-signature is for signed chunks',
      );
    const trailers = (isSignedLast ? lines.slice(0, -1) : lines).map((line): Pair => {
      const [, name = '', value = ''] = TRAILER.exec(line) ?? [];
      return [name.toLowerCase(), value];
    });
    const names = trailers.map(([name]) => name);
    if (names.toSorted().join() !== this.#framing.trailerNames.toSorted().join())
      throw malformed('the trailers are not those that x-amz-trailer names');
    return trailers;
  }
}

export interface Unchunked {
  readonly body: Buffer;
  /** Without those that tell of the framing, and with the trailers as headers. */
  readonly headers: string[];
}

/** A whole body without its framing: the same request to S3, in one piece. @throws Refusal */
export function unchunked(bytes: Buffer, headers: readonly string[], form: ChunkedForm): Unchunked {
  const reader = new ChunkReader(framingOf(headers, form), bytes.length);
  const body = Buffer.concat(reader.read(bytes).map(({ data }) => data));
  const { trailers } = reader.end();
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const lower = name.toLowerCase();
    if (ABOUT_FRAMING.has(lower)) continue;
    const value = headers[at + 1] ?? '';
    const left = lower === 'content-encoding' ? withoutChunked(value) : value;
    if (left !== '' || value === '') kept.push(name, left);
  }
  return { body, headers: [...kept, ...trailers.flat()] };
}

/** S3 does not store `aws-chunked`, and so it is not sent either. */
const withoutChunked = (codings: string): string =>
  codings
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding.toLowerCase() !== 'aws-chunked')
    .join(', ');

function valuesOf(headers: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2)
    if (headers[at]?.toLowerCase() === name) values.push(headers[at + 1] ?? '');
  return values;
}

const areDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

function malformed(what: string): Refusal {
  return new Refusal('invalid_request', {
    message: `The body is not chunked as S3 reads it: ${what}.`,
    hint: 'Each chunk is its size in hex, with ";chunk-signature=" and 64 hex digits where chunks are signed, CRLF, its data and CRLF; the last has size 0.',
  });
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal('payload_too_large', {
    message: `A chunk is larger than ${bytesMax} bytes, the most that is kept whole to be signed.`,
    hint: 'Make the chunks of the AWS client smaller (64 KiB is usual), or have ALTER_HELD_BODY_BYTES_MAX raised.',
  });
}
