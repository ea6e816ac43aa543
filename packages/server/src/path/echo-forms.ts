/**
 * The byte forms in which an echoed secret is looked for: the secret itself, and what it looks like inside
 * base64 text at each of the three alignments. Percent and JSON escapes are not forms: the scanner reads
 * them on the fly, in every form. Makes no strings of a secret, so that all of it can be zeroed.
 */

/** What is known of a base64 character that carries bits of the secret and bits of its neighbour. */
export interface Edge {
  readonly mask: number;
  readonly value: number;
}

export interface EchoForm {
  /** The bytes that must be there, one unit each. */
  readonly units: Buffer;
  /** The character before, and the one after, that carry the rest of the secret (base64 only). */
  readonly head: Edge | undefined;
  readonly tail: Edge | undefined;
}

const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const [PLUS, SLASH, MINUS, UNDERSCORE] = [0x2b, 0x2f, 0x2d, 0x5f] as const;

/** Six bits per base64 or base64url character; -1 for every other byte. */
const BASE64_VALUES = new Int8Array(256).fill(-1);
for (const [value, byte] of BASE64.entries()) BASE64_VALUES[byte] = value;
BASE64_VALUES[MINUS] = 62;
BASE64_VALUES[UNDERSCORE] = 63;

export function base64Value(byte: number): number {
  return BASE64_VALUES[byte] ?? -1;
}

/** Every form of one secret. */
export function formsOf(secret: Buffer): EchoForm[] {
  const forms: EchoForm[] = [{ units: Buffer.from(secret), head: undefined, tail: undefined }];
  for (const alignment of [0, 1, 2]) {
    const form = base64Form(secret, alignment);
    forms.push(form);
    if (form.units.includes(PLUS) || form.units.includes(SLASH))
      forms.push({ ...form, units: inBase64url(form.units) });
  }
  return forms;
}

/** The secret inside base64 text, `alignment` bytes after the start of a group of three. */
function base64Form(secret: Buffer, alignment: number): EchoForm {
  const bits = 8 * (alignment + secret.length);
  const first = Math.ceil((8 * alignment) / 6);
  const units = Buffer.allocUnsafe(Math.floor(bits / 6) - first);
  for (let i = 0; i < units.length; i++) units[i] = BASE64[sextet(secret, alignment, first + i)] ?? 0;
  const headMask = [0, 0b1111, 0b11][alignment] ?? 0;
  const tailMask = { 0: 0, 2: 0b110000, 4: 0b111100 }[bits % 6] ?? 0;
  return {
    units,
    head: edge(headMask, sextet(secret, alignment, first - 1)),
    tail: edge(tailMask, sextet(secret, alignment, first + units.length)),
  };
}

function inBase64url(units: Buffer): Buffer {
  return Buffer.from(units.map((unit) => (unit === PLUS ? MINUS : unit === SLASH ? UNDERSCORE : unit)));
}

/** The `index`-th base64 character's six bits, with zeros where the secret's neighbours are. */
function sextet(secret: Buffer, alignment: number, index: number): number {
  const bit = 6 * index - 8 * alignment;
  const pair = ((secret[bit >> 3] ?? 0) << 8) | (secret[(bit >> 3) + 1] ?? 0);
  return (pair >> (10 - (bit & 7))) & 63;
}

function edge(mask: number, value: number): Edge | undefined {
  return mask === 0 ? undefined : { mask, value: value & mask };
}

/** The most bytes that an escaped form can take: six for ASCII and two-byte characters, else three per byte. */
export function escapedBytesMax(form: EchoForm): number {
  let bytes = (form.head ? 6 : 0) + (form.tail ? 6 : 0);
  for (const unit of form.units) bytes += unit < 0x80 ? 6 : 3;
  return bytes;
}
