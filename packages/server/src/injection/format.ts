/**
 * The little language of injection rules: literal text, `{field}`, `{base64(field:field)}`, `{{` and `}}` (WIRE §5).
 * Read once into parts; rendering is one pass over them, so that what a value holds is never read as a format (R7).
 * Rendered text is a binary string: the UTF-8 bytes of the values, one character per byte, as headers take them.
 */
import { utf8Binary } from '../aws/uri.ts';
import { Refusal } from '../refusal.ts';
import type { Secret } from '../vault/secret.ts';

export type FormatPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'base64'; readonly first: string; readonly second: string };

export type ParsedFormat =
  | { readonly ok: true; readonly parts: readonly FormatPart[] }
  | { readonly ok: false; readonly problem: string };

export const FIELD_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const PLACEHOLDER = /^(?:([a-z][a-z0-9_]{0,63})|base64\(([a-z][a-z0-9_]{0,63}):([a-z][a-z0-9_]{0,63})\))$/;

export function parseFormat(format: string): ParsedFormat {
  if (!format.isWellFormed()) return failed('is not well-formed Unicode');
  const parts: FormatPart[] = [];
  let literal = '';
  let at = 0;
  while (at < format.length) {
    const character = format.charAt(at);
    if ((character === '{' || character === '}') && format.charAt(at + 1) === character) {
      literal += character;
      at += 2;
    } else if (character === '{') {
      const end = format.indexOf('}', at);
      const part = end === -1 ? undefined : placeholder(format.slice(at + 1, end));
      if (part === undefined) return failed(PLACEHOLDER_HELP);
      if (literal !== '') parts.push({ kind: 'literal', text: literal });
      parts.push(part);
      literal = '';
      at = end + 1;
    } else if (character === '}') {
      return failed('has a } without its {; write }} for a brace');
    } else {
      literal += character;
      at += 1;
    }
  }
  if (literal !== '') parts.push({ kind: 'literal', text: literal });
  return { ok: true, parts };
}

const PLACEHOLDER_HELP =
  'has a { that begins neither {field} nor {base64(field:field)}; write {{ for a brace';

function failed(problem: string): ParsedFormat {
  return { ok: false, problem };
}

function placeholder(inner: string): FormatPart | undefined {
  const [, name, first, second] = PLACEHOLDER.exec(inner) ?? [];
  if (name !== undefined) return { kind: 'field', name };
  if (first !== undefined && second !== undefined) return { kind: 'base64', first, second };
  return undefined;
}

/** The fields that a format names, each once. */
export function fieldsOf(parts: readonly FormatPart[]): readonly string[] {
  const names = parts.flatMap((part) => {
    if (part.kind === 'field') return [part.name];
    return part.kind === 'base64' ? [part.first, part.second] : [];
  });
  return [...new Set(names)];
}

/** How a value is written into its slot, from binary string to binary string. */
export type Encoding = (binary: string) => string;

/** A format made ready for the hot path. */
export interface CompiledFormat {
  /** Literals as they are sent, already encoded; placeholders as objects. */
  readonly parts: readonly (string | Exclude<FormatPart, { kind: 'literal' }>)[];
  readonly fields: readonly string[];
  /** Whether the rule is dropped when all of its fields are empty: only then, if every one of them is optional. */
  readonly isDroppable: boolean;
  readonly optionalFields: ReadonlySet<string>;
  readonly encode: Encoding;
}

export interface FormatStyle {
  readonly optionalFields: ReadonlySet<string>;
  readonly encodeLiteral: Encoding;
  readonly encode: Encoding;
}

export const asIs: Encoding = (binary) => binary;

/** `format` has passed `parseFormat`; one that has not is a broken row. */
export function compileFormat(format: string, style: FormatStyle): CompiledFormat {
  const parsed = parseFormat(format);
  if (!parsed.ok)
    throw new Refusal('integrity_error', { detail: `a stored injection format ${parsed.problem}` });
  const fields = fieldsOf(parsed.parts);
  return Object.freeze({
    parts: Object.freeze(
      parsed.parts.map((part) =>
        part.kind === 'literal' ? style.encodeLiteral(utf8Binary(part.text)) : part,
      ),
    ),
    fields: Object.freeze(fields),
    isDroppable: fields.length > 0 && fields.every((name) => style.optionalFields.has(name)),
    optionalFields: style.optionalFields,
    encode: style.encode,
  });
}

export type CredentialFields = ReadonlyMap<string, Secret>;

/** The text for the slot, or null when the rule is dropped. */
export function render(format: CompiledFormat, values: CredentialFields): string | null {
  if (format.isDroppable && format.fields.every((name) => (values.get(name)?.byteLength ?? 0) === 0))
    return null;
  let text = '';
  for (const part of format.parts) {
    text += typeof part === 'string' ? part : format.encode(renderPart(part, format, values));
  }
  return text;
}

function renderPart(
  part: Exclude<FormatPart, { kind: 'literal' }>,
  format: CompiledFormat,
  values: CredentialFields,
): string {
  if (part.kind === 'field') return valueOf(part.name, format, values);
  const joined = `${valueOf(part.first, format, values)}:${valueOf(part.second, format, values)}`;
  return base64(joined);
}

export function base64(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('base64');
}

function valueOf(name: string, format: CompiledFormat, values: CredentialFields): string {
  const secret = values.get(name);
  if (secret !== undefined) return secret.reveal().toString('latin1');
  if (format.optionalFields.has(name)) return '';
  throw new Refusal('integrity_error', {
    detail: `the credential lacks the field ${name} that its injection names`,
  });
}
