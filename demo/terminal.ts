/** What the demo prints: headings, checked lines and tables of 80 to 100 columns, in colour where that is wanted. */
import { stripVTControlCharacters } from 'node:util';

const WIDTH_MIN = 80;
const WIDTH_MAX = 100;
const MARGIN = '  ';

/** Colour on a terminal or where FORCE_COLOR asks for it, never where NO_COLOR is set. */
const isColored = !process.env['NO_COLOR'] && (process.stdout.isTTY || Boolean(process.env['FORCE_COLOR']));
const width = Math.min(Math.max(process.stdout.columns ?? WIDTH_MIN, WIDTH_MIN), WIDTH_MAX);

const paint =
  (open: number, close: number) =>
  (text: string): string =>
    isColored ? `\u001b[${open}m${text}\u001b[${close}m` : text;

export const bold = paint(1, 22);
export const dim = paint(2, 22);
export const red = paint(31, 39);
export const green = paint(32, 39);
export const yellow = paint(33, 39);
export const cyan = paint(36, 39);

/** Length as it is seen. */
const lengthOf = (text: string): number => stripVTControlCharacters(text).length;

export function print(text = ''): void {
  process.stdout.write(`${text === '' ? '' : MARGIN}${text}\n`);
}

export function title(text: string, below: string): void {
  print();
  print(bold(text));
  print(dim(below));
}

export function heading(number: number, text: string): void {
  print();
  print(
    `${cyan(bold(String(number)))}  ${bold(text)} ${dim('─'.repeat(Math.max(width - text.length - 6, 0)))}`,
  );
}

/** One sentence below a heading. */
export function note(text: string): void {
  for (const line of wrap(text, width - 5)) print(`   ${dim(line)}`);
}

let failed = 0;

/** How many steps came out otherwise than they must. */
export const failures = (): number => failed;

export function expect(isRight: boolean, text: string): void {
  if (!isRight) failed += 1;
  checked(isRight, text);
}

export function checked(isRight: boolean, text: string): void {
  const [first = '', ...more] = wrap(text, width - 8);
  print(`   ${isRight ? green('✓') : red('✗')} ${first}`);
  for (const line of more) print(`     ${line}`);
}

/** A table with a dim heading; the last column is cut where the line would be too long. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const last = headings.length - 1;
  const widths = headings.map((text, i) =>
    Math.max(text.length, ...rows.map((row) => lengthOf(row[i] ?? ''))),
  );
  const room = width - 5 - widths.slice(0, last).reduce((sum, one) => sum + one + 2, 0);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === last ? cut(cell, room) : pad(cell, widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  print(`   ${dim(line(headings))}`);
  for (const row of rows) print(`   ${line(row)}`);
}

function pad(text: string, length: number): string {
  return text + ' '.repeat(Math.max(length - lengthOf(text), 0));
}

/** Coloured text is short in this demo and is never cut. */
function cut(text: string, length: number): string {
  const isFit = lengthOf(text) <= length || lengthOf(text) !== text.length;
  return isFit ? text : `${text.slice(0, Math.max(length - 1, 0))}…`;
}

function wrap(text: string, length: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > length) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
