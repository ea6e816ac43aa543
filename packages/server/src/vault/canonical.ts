/**
 * JSON in its one canonical form (RFC 8785): the bytes that MACs and the audit log are computed over. Strict where JSON
 * is lax: what has no exact JSON form is refused and never dropped or turned into something else.
 */

/** Deeper is refused before the stack runs out. */
export const CANONICAL_DEPTH_MAX = 128;

/** The value has no canonical form. The message says why and holds nothing of the value. */
export class NotCanonical extends TypeError {
  override readonly name = 'NotCanonical';
}

/** Printable ASCII without quote and backslash needs no escapes: nearly every string, and found quicker than escaped. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * Takes null, booleans, finite numbers, well-formed strings, dense arrays and plain objects; no `toJSON` is called.
 * @throws NotCanonical
 */
export function canonicalJson(value: unknown): string {
  return encode(value, 0);
}

function encode(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return encodeText(value);
    case 'number':
      return encodeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : encodeContainer(value, depth);
    default:
      throw new NotCanonical(`canonical JSON can't hold a value of type ${typeof value}`);
  }
}

/** RFC 8785 §3.2.2.2: JSON.stringify escapes exactly as it wants, but for lone surrogates, which it disguises. */
function encodeText(text: string): string {
  if (PLAIN_TEXT.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new NotCanonical("canonical JSON can't hold a lone surrogate");
  return JSON.stringify(text);
}

/** RFC 8785 §3.2.2.3: ECMAScript's own form, in which -0 is 0. */
function encodeNumber(value: number): string {
  if (!Number.isFinite(value))
    throw new NotCanonical("canonical JSON can't hold a number that is not finite");
  return String(value);
}

function encodeContainer(value: object, depth: number): string {
  if (depth >= CANONICAL_DEPTH_MAX) throw new NotCanonical('the value is too deep for canonical JSON');
  return Array.isArray(value) ? encodeArray(value, depth + 1) : encodeObject(value, depth + 1);
}

function encodeArray(items: readonly unknown[], depth: number): string {
  let out = '[';
  // By index: a hole is read as undefined and refused.
  for (let i = 0; i < items.length; i += 1) out += (i === 0 ? '' : ',') + encode(items[i], depth);
  return `${out}]`;
}

function encodeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new NotCanonical('canonical JSON can hold plain objects only');
  const members: [string, unknown][] = Object.entries(value);
  let out = '{';
  // `<` compares UTF-16 code units, as RFC 8785 §3.2.3 wants; names are unique.
  for (const [name, member] of members.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    out += `${out.length === 1 ? '' : ','}${encodeText(name)}:${encode(member, depth)}`;
  return `${out}}`;
}
