/**
 * Text as it is, for who has to decide on it: nothing steers the terminal, nothing is invisible, nothing is left out,
 * and JSON is indented without a token of it being changed. Pure.
 */

/** Control, format, surrogate, private and unassigned characters, separators but the blank, fillers that show nothing, and our own bracket. */
const HIDDEN = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800⟨]/gu;
const NOT_PLAIN_ASCII = /[^\x20-\x7e]/gu;

const codePoint = (character: string): string =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** A4: characters that would not be seen, or would move others, as their code points. */
export const visible = (text: string): string => text.replaceAll(HIDDEN, codePoint);

/** For what is ASCII by its nature, URLs and header fields: everything else as its code point. */
export const visibleAscii = (text: string): string => text.replaceAll(NOT_PLAIN_ASCII, codePoint);

/** The lines of a text. Tabs and line feeds do what they always do; a carriage return would overwrite, and is shown. */
export const visibleLines = (text: string): string[] =>
  text.split('\n').map((line) => line.split('\t').map(visible).join('\t'));

/** Literals are kept as they are written: numbers in full, escapes, keys that stand there twice. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs;
/** Deeper nesting is shown as it is written: indentation would grow with the square of it. */
const DEPTH_MAX = 64;

/** JSON on indented lines, or undefined where the text is no JSON. */
export function indentJson(text: string): string | undefined {
  if (!isJson(text)) return undefined;
  const tokens = text.match(TOKEN) ?? [];
  let out = '';
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    const isEmpty = (token === '{' || token === '[') && /^[}\]]$/.test(tokens[at + 1] ?? '');
    const isEndOfEmpty = /^[}\]]$/.test(token) && /^[{[]$/.test(tokens[at - 1] ?? '');
    if (/^[}\]]$/.test(token)) depth -= 1;
    if (/^[}\]]$/.test(token) && !isEndOfEmpty) out += lineEnd(depth);
    out += token === ':' ? ': ' : token;
    if (/^[{[]$/.test(token)) depth += 1;
    if (depth > DEPTH_MAX) return undefined;
    if (token === ',' || (/^[{[]$/.test(token) && !isEmpty)) out += lineEnd(depth);
  }
  return out;
}

const lineEnd = (depth: number): string => `\n${'  '.repeat(depth)}`;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
