/** Values of conditions as lines of text, and back: what is written is what comes back. Pure. */

type Scalar = string | number | boolean | null;

/** A whole number of one or more; undefined for anything else. */
export function wholeOf(text: string): number | undefined {
  return /^[1-9]\d{0,11}$/.test(text.trim()) ? Number(text) : undefined;
}

/** Numbers, true, false, null and texts in quotes are what JSON takes them for; anything else is text as it stands. */
export function scalarOfLine(line: string): Scalar {
  const text = line.trim();
  const value = parseJson(text);
  if (typeof value === 'number') return Number.isFinite(value) ? value : text;
  return typeof value === 'string' || typeof value === 'boolean' || value === null ? value : text;
}

export function lineOfScalar(value: Scalar): string {
  const isPlain = typeof value === 'string' && !value.includes('\n') && scalarOfLine(value) === value;
  return isPlain ? value : JSON.stringify(value);
}

/** Texts only, one per line; in quotes where the line would not be the text. */
export const linesOf = (texts: readonly string[]): string => texts.map(lineOfText).join('\n');

export const textsOfLines = (lines: string): string[] =>
  lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(textOfLine);

function lineOfText(text: string): string {
  const isPlain = text.trim() === text && text !== '' && !text.includes('\n') && textOfLine(text) === text;
  return isPlain ? text : JSON.stringify(text);
}

function textOfLine(line: string): string {
  const text = line.trim();
  const value = text.startsWith('"') ? parseJson(text) : undefined;
  return typeof value === 'string' ? value : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
