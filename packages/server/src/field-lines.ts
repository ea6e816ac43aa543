/**
 * The field lines of HTTP/1.1 (RFC 9112 §5), of a caller's head or an upstream's, read byte by byte: a head is read twice in each
 * call, and one pass over its bytes costs half of what patterns over its text do. Must never repair.
 */

const [CR, LF, SPACE, TAB, COLON] = [0x0d, 0x0a, 0x20, 0x09, 0x3a] as const;

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

/**
 * Names and values in turn, as they came, Latin-1; undefined where a line is none. Each ends with CRLF, none is folded (RFC 9112
 * §5.2), no space stands before the colon (§5.1). Of blanks around a value only space and tab go: 0xA0 is a byte like others.
 */
export function readFieldLines(bytes: Buffer, from: number, to: number): string[] | undefined {
  const fields: string[] = [];
  const text = bytes.toString('latin1', from, to);
  for (let at = from; at < to;) {
    let colon = at;
    while (isOf(bytes, colon, TOKEN)) colon += 1;
    let start = colon + 1;
    while (isBlank(bytes[start])) start += 1;
    const lineEnd = endOfValue(bytes, start);
    if (colon === at || bytes[colon] !== COLON || !isLineEnd(bytes, lineEnd) || lineEnd >= to)
      return undefined;
    let end = lineEnd;
    while (end > start && isBlank(bytes[end - 1])) end -= 1;
    fields.push(text.slice(at - from, colon - from), text.slice(start - from, end - from));
    at = lineEnd + 2;
  }
  return fields;
}

/** Where what may stand in a value ends. */
export function endOfValue(bytes: Buffer, from: number): number {
  let end = from;
  while (isOf(bytes, end, VALUE)) end += 1;
  return end;
}

export const isLineEnd = (bytes: Buffer, at: number): boolean => bytes[at] === CR && bytes[at + 1] === LF;
