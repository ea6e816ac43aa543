/**
 * The lines of an answer's head and trailers, read byte by byte (RFC 9112 §4, §5): a head is read for every call, and one pass over
 * its bytes costs half of what patterns over its text do. What is not exactly as the RFC has it is refused (R12).
 */
import { Refusal } from '../refusal.ts';

interface StatusLine {
  /** Of HTTP/1.0. */
  readonly isOld: boolean;
  readonly status: number;
  /** Latin-1, one character per byte. */
  readonly reason: string;
  /** Where the next line begins. */
  readonly end: number;
}

const [CR, LF, SPACE, TAB, COLON, ZERO, NINE] = [0x0d, 0x0a, 0x20, 0x09, 0x3a, 0x30, 0x39] as const;
const VERSION = Buffer.from('HTTP/1.');
/** `HTTP/1.1 200` */
const STATUS_AT = 9;
const STATUS_END = 12;

/** RFC 9110 §5.6.2 and §5.5, where obs-text is part of a value: bits of `BYTES`. */
const [TOKEN, VALUE] = [1, 2] as const;
const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(character) ? TOKEN : 0;
  return token | (/[\t\x20-\x7e\x80-\xff]/.test(character) ? VALUE : 0);
});

/** Bytes behind the end count as none of these: whoever reads on there finds no line. */
const isOf = (bytes: Buffer, at: number, kind: number): boolean =>
  ((BYTES[bytes[at] ?? CR] ?? 0) & kind) !== 0;

const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;

/** @throws Refusal */
export function parseStatusLine(bytes: Buffer, from: number): StatusLine {
  const minor = bytes[from + VERSION.length];
  const [hundreds, tens, ones] = [
    digitAt(bytes, from + 9),
    digitAt(bytes, from + 10),
    digitAt(bytes, from + 11),
  ];
  let end = from + STATUS_END;
  // The space before an empty reason may be missing.
  const reasonAt = end + 1;
  if (bytes[end] === SPACE) end = endOfValue(bytes, reasonAt);
  const isWhole =
    isVersion(bytes, from) &&
    (minor === ZERO || minor === ZERO + 1) &&
    bytes[from + STATUS_AT - 1] === SPACE &&
    hundreds > 0 &&
    tens >= 0 &&
    ones >= 0 &&
    isLineEnd(bytes, end);
  if (!isWhole) throw broken('the answer is no HTTP/1.1');
  return {
    isOld: minor === ZERO,
    status: 100 * hundreds + 10 * tens + ones,
    reason: end > reasonAt ? bytes.toString('latin1', reasonAt, end) : '',
    end: end + 2,
  };
}

function isVersion(bytes: Buffer, from: number): boolean {
  for (let i = 0; i < VERSION.length; i += 1) if (bytes[from + i] !== VERSION[i]) return false;
  return true;
}

/** -1 for what is no digit. */
function digitAt(bytes: Buffer, at: number): number {
  const byte = bytes[at] ?? 0;
  return byte >= ZERO && byte <= NINE ? byte - ZERO : -1;
}

/**
 * Field lines, each ended by CRLF: names and values in turn. No line is folded (RFC 9112 §5.2), no space stands before the colon
 * (§5.1). Of blanks around a value only space and tab go: 0xA0 is a byte like others. @throws Refusal
 */
export function parseFields(bytes: Buffer, from: number, to: number): string[] {
  const fields: string[] = [];
  const text = bytes.toString('latin1', from, to);
  for (let at = from; at < to;) {
    let colon = at;
    while (isOf(bytes, colon, TOKEN)) colon += 1;
    let start = colon + 1;
    while (isBlank(bytes[start])) start += 1;
    const lineEnd = endOfValue(bytes, start);
    if (colon === at || bytes[colon] !== COLON || !isLineEnd(bytes, lineEnd) || lineEnd >= to)
      throw broken('a header line is no header');
    let end = lineEnd;
    while (end > start && isBlank(bytes[end - 1])) end -= 1;
    fields.push(text.slice(at - from, colon - from), text.slice(start - from, end - from));
    at = lineEnd + 2;
  }
  return fields;
}

function endOfValue(bytes: Buffer, from: number): number {
  let end = from;
  while (isOf(bytes, end, VALUE)) end += 1;
  return end;
}

const isLineEnd = (bytes: Buffer, at: number): boolean => bytes[at] === CR && bytes[at + 1] === LF;

export const broken = (detail: string): Refusal => new Refusal('upstream_unreachable', { detail });
