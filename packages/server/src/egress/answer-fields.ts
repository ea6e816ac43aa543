/** The lines of an answer's head and trailers (RFC 9112 §4, §5). What is not exactly as the RFC has it is refused (R12). */
import { endOfValue, isLineEnd, readFieldLines } from '../field-lines.ts';
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

const [SPACE, ZERO, NINE] = [0x20, 0x30, 0x39] as const;
const VERSION = Buffer.from('HTTP/1.');
/** `HTTP/1.1 200` */
const STATUS_AT = 9;
const STATUS_END = 12;

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

/** As `readFieldLines`. @throws Refusal */
export function parseFields(bytes: Buffer, from: number, to: number): string[] {
  const fields = readFieldLines(bytes, from, to);
  if (fields === undefined) throw broken('a header line is no header');
  return fields;
}

export const broken = (detail: string): Refusal => new Refusal('upstream_unreachable', { detail });
