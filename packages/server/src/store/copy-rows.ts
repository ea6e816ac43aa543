/**
 * Rows in PostgreSQL's binary COPY format (its documentation of COPY, “Binary Format”), framed as the messages that carry them, in
 * one buffer that grows as it must. A field that many rows have alike is encoded once, with `encodeFields`, and copied.
 * Must never hand out a buffer that is still written to.
 */
/** PostgreSQL counts its times from 2000-01-01 UTC, its dates in days from there. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;
const NULL_LENGTH = -1;
const UUID_BYTES = 16;
const UUID_CHARACTERS = 36;
const TEXT_OID = 25;
const JSONB_VERSION = 1;
const TWO_TO_32 = 2 ** 32;
/** The room for a field of fixed size with its length. */
const FIXED_MAX = 20;
const FIRST_BYTES = 1024;
const COPY_DATA = 'd'.charCodeAt(0);
const FRAME_BYTES = 5;
/** Signature, no flags, no extension of the header. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** The trailer of the data; then the messages CopyDone and Sync. */
const TRAILER = Buffer.from('\xff\xff', 'latin1');
const AFTER_DATA = Buffer.from('c\0\0\0\x04S\0\0\0\x04', 'latin1');

/** The value of each hexadecimal digit by its character code; NO_DIGIT for what is none. */
const NO_DIGIT = 0x80;
const DIGITS = new Uint8Array(128).fill(NO_DIGIT);
for (const [value, digit] of [...'0123456789abcdef'].entries()) DIGITS[digit.charCodeAt(0)] = value;
const NOTHING = Buffer.alloc(0);
const HYPHEN = '-'.charCodeAt(0);

/** Writes fields, each with its length before it. A null is a field too. */
export class FieldWriter {
  protected bytes: Buffer<ArrayBuffer>;
  protected at = 0;

  constructor(bytes = Buffer.allocUnsafe(FIRST_BYTES)) {
    this.bytes = bytes;
  }

  protected makeRoom(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + count));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  null(): void {
    this.makeRoom(FIXED_MAX);
    this.at = this.bytes.writeInt32BE(NULL_LENGTH, this.at);
  }

  smallint(value: number): void {
    this.makeRoom(FIXED_MAX);
    this.at = this.bytes.writeInt16BE(value, this.bytes.writeInt32BE(2, this.at));
  }

  integer(value: number | null): void {
    if (value === null) return this.null();
    this.makeRoom(FIXED_MAX);
    this.at = this.bytes.writeInt32BE(value, this.bytes.writeInt32BE(4, this.at));
  }

  bigint(value: bigint | number | null): void {
    if (value === null) return this.null();
    this.makeRoom(FIXED_MAX);
    this.at = this.bytes.writeBigInt64BE(BigInt(value), this.bytes.writeInt32BE(8, this.at));
  }

  /** Of a UUID in its usual form, lower-case; a RangeError for anything else. */
  uuid(value: string | null): void {
    if (value === null) return this.null();
    this.makeRoom(FIXED_MAX);
    const { bytes } = this;
    const start = bytes.writeInt32BE(UUID_BYTES, this.at);
    let wrong = value.length === UUID_CHARACTERS ? 0 : NO_DIGIT;
    let character = 0;
    for (let i = start; i < start + UUID_BYTES; i += 1) {
      if (value.charCodeAt(character) === HYPHEN) character += 1;
      const high = DIGITS[value.charCodeAt(character)] ?? NO_DIGIT;
      const low = DIGITS[value.charCodeAt(character + 1)] ?? NO_DIGIT;
      bytes[i] = (high << 4) | low;
      wrong |= high | low;
      character += 2;
    }
    if (wrong >= NO_DIGIT) throw new RangeError('not a UUID');
    this.at = start + UUID_BYTES;
  }

  /** A moment of whole milliseconds. */
  timestamptz(timeMs: number): void {
    this.makeRoom(FIXED_MAX);
    const micros = (timeMs - EPOCH_MS) * 1000;
    const high = Math.floor(micros / TWO_TO_32);
    const at = this.bytes.writeInt32BE(high, this.bytes.writeInt32BE(8, this.at));
    this.at = this.bytes.writeUInt32BE(micros - high * TWO_TO_32, at);
  }

  /** Of `YYYY-MM-DD`. */
  date(value: string): void {
    this.integer(Math.round((Date.parse(value) - EPOCH_MS) / DAY_MS));
  }

  text(value: string | null): void {
    if (value === null) return this.null();
    const length = Buffer.byteLength(value);
    this.makeRoom(4 + length);
    const start = this.bytes.writeInt32BE(length, this.at);
    this.at = start + this.bytes.write(value, start);
  }

  bytea(value: Buffer): void {
    this.makeRoom(4 + value.length);
    const start = this.bytes.writeInt32BE(value.length, this.at);
    this.at = start + value.copy(this.bytes, start);
  }

  /** Of JSON as text. */
  jsonb(value: string | null): void {
    if (value === null) return this.null();
    const length = Buffer.byteLength(value);
    this.makeRoom(5 + length);
    const at = this.bytes.writeUInt8(JSONB_VERSION, this.bytes.writeInt32BE(1 + length, this.at));
    this.at = at + this.bytes.write(value, at);
  }

  /** A `text[]` of one dimension; null for an empty one. */
  textArray(values: readonly string[]): void {
    if (values.length === 0) return this.null();
    const start = this.at;
    this.makeRoom(6 * 4);
    this.at += 4;
    // Dimensions, whether there are nulls, type of the elements, their count, number of the first.
    for (const part of [1, 0, TEXT_OID, values.length, 1]) this.at = this.bytes.writeInt32BE(part, this.at);
    for (const value of values) this.text(value);
    this.bytes.writeInt32BE(this.at - start - 4, start);
  }

  /** What `encodeFields` made. */
  fields(encoded: Buffer): void {
    this.makeRoom(encoded.length);
    this.at += encoded.copy(this.bytes, this.at);
  }

  /** A copy of what was written. */
  written(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at));
  }
}

/** Some fields of a row, for every row that has them alike. */
export function encodeFields(write: (to: FieldWriter) => void): Buffer {
  const writer = new FieldWriter();
  write(writer);
  return writer.written();
}

/** A `COPY … FROM STDIN (FORMAT binary)` that a connection parses once: for a long list of columns, that costs as much as several rows. */
export interface CopyStatement {
  /** The messages that make it known to a connection, whether or not it is known there already. */
  readonly prepare: Buffer;
  /** The messages that begin it. */
  readonly begin: Buffer;
}

/** One name always has one text. */
export function copyFromStdin(name: string, text: string): CopyStatement {
  return {
    prepare: Buffer.concat([message('C', `S${name}\0`), message('P', `${name}\0${text}\0\0\0`)]),
    // Bind to the unnamed portal, without parameters, and its Execute.
    begin: Buffer.concat([message('B', `\0${name}\0\0\0\0\0\0\0`), message('E', '\0\0\0\0\0')]),
  };
}

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(`${type}\0\0\0\0${body}`);
  bytes.writeInt32BE(bytes.length - 1, 1);
  return bytes;
}

/** What `finish` made: all messages of a COPY from its beginning to the Sync. */
export interface CopyMessages {
  readonly statement: CopyStatement;
  readonly bytes: Buffer<ArrayBuffer>;
}

/**
 * Buffers whose rows are written, for the rows of others: fresh ones for every group of events bring on collections of the whole heap,
 * whose cost a call feels (measured: a tenth of its CPU time).
 */
const spares: Buffer<ArrayBuffer>[] = [];
const SPARES_MAX = 4;
const SPARE_BYTES = 512 * 1024;

/** Once the server has answered these messages; they must not be looked at again. */
export function giveBack({ bytes: { buffer } }: CopyMessages): void {
  if (buffer.byteLength !== SPARE_BYTES || spares.length >= SPARES_MAX) return;
  spares.push(Buffer.from(buffer));
}

/** The rows of one COPY: `row()` before the fields of each, and `finish()` once. */
export class CopyRows extends FieldWriter {
  readonly #statement: CopyStatement;
  readonly #dataStart: number;

  /** `statement`: out of `copyFromStdin`. */
  constructor(statement: CopyStatement) {
    super(spares.pop() ?? Buffer.allocUnsafeSlow(SPARE_BYTES));
    this.#statement = statement;
    const { begin } = statement;
    this.makeRoom(begin.length + FRAME_BYTES + SIGNATURE.length);
    this.#dataStart = begin.copy(this.bytes);
    this.at = this.#dataStart + FRAME_BYTES;
    this.at += SIGNATURE.copy(this.bytes, this.at);
  }

  row(columns: number): void {
    this.makeRoom(FIXED_MAX);
    this.at = this.bytes.writeInt16BE(columns, this.at);
  }

  /** Nothing can be written after. */
  finish(): CopyMessages {
    this.makeRoom(TRAILER.length + AFTER_DATA.length);
    const { bytes } = this;
    this.at += TRAILER.copy(bytes, this.at);
    bytes[this.#dataStart] = COPY_DATA;
    bytes.writeInt32BE(this.at - this.#dataStart - 1, this.#dataStart + 1);
    this.at += AFTER_DATA.copy(bytes, this.at);
    this.bytes = NOTHING;
    return { statement: this.#statement, bytes: bytes.subarray(0, this.at) };
  }
}
