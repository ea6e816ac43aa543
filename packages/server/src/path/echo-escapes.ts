/**
 * Reads percent escapes and JSON string escapes where they stand, against the bytes they should mean.
 * Pure; never allocates, because it runs over every byte of an answer that could be an echo.
 */

/** The bytes are not what was asked for. */
export const FAIL = -1;
/** The bytes end before that is known, and so far they fit. */
export const MORE = -2;

export const PERCENT = 0x25;
export const BACKSLASH = 0x5c;
export const PLUS = 0x2b;
export const SPACE = 0x20;
const LOWER_U = 0x75;

/** Longest escape of one code unit: `\uXXXX`. */
export const ESCAPE_BYTES_MAX = 6;

const HEX = new Int8Array(256).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

/** RFC 8259 section 7: the character after the backslash → the byte that is meant. */
const SHORT = new Int8Array(256).fill(-1);
for (const [i, letter] of [...'"\\/bfnrt'].entries()) {
  SHORT[letter.charCodeAt(0)] = '"\\/\b\f\n\r\t'.charCodeAt(i);
}

/** The byte at an index, -1 past the end. */
export function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? -1;
}

function hexAt(bytes: Uint8Array, index: number): number {
  return HEX[bytes[index] ?? 0] ?? -1;
}

/** Units and bytes that an escape covers, in one number so that nothing is allocated. */
function step(units: number, bytes: number): number {
  return bytes * 8 + units;
}
export function stepUnits(taken: number): number {
  return taken & 7;
}
export function stepBytes(taken: number): number {
  return taken >> 3;
}

/** Whether an escape at `index` means what `units` hold from `i` on: the step it takes, FAIL or MORE. */
export function matchEscape(units: Uint8Array, i: number, bytes: Uint8Array, index: number): number {
  if (bytes[index] === PERCENT) return matchPercent(at(units, i), bytes, index);
  if (index + 1 >= bytes.length) return MORE;
  if (bytes[index + 1] === LOWER_U) return matchUnicode(units, i, bytes, index);
  return SHORT[at(bytes, index + 1)] === units[i] ? step(1, 2) : FAIL;
}

function matchPercent(unit: number, bytes: Uint8Array, index: number): number {
  if (index + 1 >= bytes.length) return MORE;
  if (hexAt(bytes, index + 1) !== unit >> 4) return FAIL;
  if (index + 2 >= bytes.length) return MORE;
  return hexAt(bytes, index + 2) === (unit & 15) ? step(1, 3) : FAIL;
}

/** `\uXXXX`, or two of them for a character beyond the basic plane. */
function matchUnicode(units: Uint8Array, i: number, bytes: Uint8Array, index: number): number {
  const size = utf8Size(at(units, i));
  const point = size === 0 || i + size > units.length ? FAIL : codePoint(units, i, size);
  if (point === FAIL) return FAIL;
  if (point < 0x10000) return matchCodeUnit(point, bytes, index) || step(size, 6);
  const high = 0xd800 + ((point - 0x10000) >> 10);
  const low = 0xdc00 + ((point - 0x10000) & 0x3ff);
  return matchCodeUnit(high, bytes, index) || matchCodeUnit(low, bytes, index + 6) || step(size, 12);
}

/** 0 when the six bytes are the escape of `codeUnit`, else FAIL or MORE. */
function matchCodeUnit(codeUnit: number, bytes: Uint8Array, index: number): number {
  if (index >= bytes.length) return MORE;
  if (bytes[index] !== BACKSLASH) return FAIL;
  if (index + 1 >= bytes.length) return MORE;
  if (bytes[index + 1] !== LOWER_U) return FAIL;
  for (let digit = 0; digit < 4; digit++) {
    if (index + 2 + digit >= bytes.length) return MORE;
    if (hexAt(bytes, index + 2 + digit) !== ((codeUnit >> (12 - 4 * digit)) & 15)) return FAIL;
  }
  return 0;
}

/** How many bytes a UTF-8 sequence with this first byte has; 0 when it can't begin one. */
function utf8Size(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function codePoint(units: Uint8Array, i: number, size: number): number {
  if (size === 1) return at(units, i);
  let point = at(units, i) & (0x7f >> size);
  for (let k = 1; k < size; k++) {
    if ((at(units, i + k) & 0xc0) !== 0x80) return FAIL;
    point = point * 64 + (at(units, i + k) & 0x3f);
  }
  return point;
}

/** The first UTF-8 byte of what the escape at `index` means; FAIL when it is none, MORE when it is cut off. */
export function leadByte(bytes: Uint8Array, index: number): number {
  if (bytes[index] === PLUS) return SPACE;
  const codeUnit = decodeEscape(bytes, index);
  if (codeUnit < 0x80 || bytes[index] === PERCENT) return codeUnit;
  if (codeUnit < 0x800) return 0xc0 | (codeUnit >> 6);
  // A high surrogate alone decides the first byte of its four.
  if (codeUnit >= 0xd800 && codeUnit < 0xdc00) return 0xf0 | ((0x10000 + ((codeUnit - 0xd800) << 10)) >> 18);
  return 0xe0 | (codeUnit >> 12);
}

/** The byte (percent) or UTF-16 code unit (JSON) that an escape stands for; FAIL or MORE. */
export function decodeEscape(bytes: Uint8Array, index: number): number {
  if (bytes[index] === PERCENT) return decodeHex(bytes, index + 1, 2);
  if (bytes[index] !== BACKSLASH) return FAIL;
  if (index + 1 >= bytes.length) return MORE;
  if (bytes[index + 1] === LOWER_U) return decodeHex(bytes, index + 2, 4);
  return SHORT[at(bytes, index + 1)] ?? FAIL;
}

function decodeHex(bytes: Uint8Array, index: number, digits: number): number {
  let value = 0;
  for (let digit = 0; digit < digits; digit++) {
    if (index + digit >= bytes.length) return MORE;
    const nibble = hexAt(bytes, index + digit);
    if (nibble < 0) return FAIL;
    value = value * 16 + nibble;
  }
  return value;
}

/** How many bytes the (whole) escape at `index` takes. */
export function escapeLength(bytes: Uint8Array, index: number): number {
  if (bytes[index] === PERCENT) return 3;
  return bytes[index + 1] === LOWER_U ? ESCAPE_BYTES_MAX : 2;
}
