/**
 * Percent-encoding of bytes, RFC 3986 section 2. Texts are binary strings: one character per byte (latin1), so that no
 * value is ever decoded as some charset on its way. Must never normalise: what to encode is the caller's decision.
 */

const HEX = '0123456789ABCDEF';

const ENCODED: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${HEX.charAt(byte >> 4)}${HEX.charAt(byte & 15)}`,
);

function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

const UNRESERVED_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';

/** RFC 3986 section 2.3; what AWS calls UriEncode leaves exactly these alone. */
export const UNRESERVED = byteSet(UNRESERVED_CHARACTERS);

/** As `UNRESERVED`, and the slashes that separate segments. */
export const UNRESERVED_AND_SLASH = byteSet(`${UNRESERVED_CHARACTERS}/`);

/** One path segment. `:` and `@` are legal in it (pchar) and vendors document them raw (`/bot123:abc/`). */
export const SEGMENT = byteSet(`${UNRESERVED_CHARACTERS}:@`);

/** Encodes each byte of `binary` that is not in `kept`. */
export function percentEncode(binary: string, kept: Uint8Array): string {
  let encoded = '';
  let start = 0;
  for (let at = 0; at < binary.length; at += 1) {
    const byte = binary.charCodeAt(at);
    if (kept[byte] === 1) continue;
    encoded += binary.slice(start, at) + (ENCODED[byte & 0xff] ?? '');
    start = at + 1;
  }
  return start === 0 ? binary : encoded + binary.slice(start);
}

/** Undoes percent-encoding once; a `%` that begins no escape stays as it is. `+` is left alone. */
export function percentDecode(binary: string): string {
  if (!binary.includes('%')) return binary;
  return binary.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** UTF-8 bytes of `text`, one character per byte. */
export function utf8Binary(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
