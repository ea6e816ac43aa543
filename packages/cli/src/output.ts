/**
 * What a command prints: tables for people, JSON for machines. What comes from the vault is never trusted to
 * be harmless to a terminal: control and direction characters are replaced.
 */
import type { Writable } from 'node:stream';

export type Row = Readonly<Record<string, unknown>>;

export interface Style {
  readonly json: boolean;
  readonly color: boolean;
}

/** Control and format characters, line and paragraph separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const CELL_LENGTH_MAX = 80;

export class Output {
  readonly #stream: Writable;
  readonly #style: Style;

  constructor(stream: Writable, style: Style) {
    this.#stream = stream;
    this.#style = style;
  }

  get isJson(): boolean {
    return this.#style.json;
  }

  raw(text: string): void {
    this.#stream.write(text);
  }

  json(value: unknown): void {
    this.raw(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** The whole answer as JSON, or one sentence. */
  done(answer: unknown, sentence: string): void {
    if (this.isJson) this.json(answer);
    else this.raw(`${printable(sentence)}\n`);
  }

  /** The whole answer as JSON, or a line for each field. */
  details(answer: unknown, fields: readonly (readonly [string, unknown])[]): void {
    if (this.isJson) return this.json(answer);
    const width = Math.max(...fields.map(([label]) => label.length));
    for (const [label, value] of fields)
      this.raw(`${this.#bold(label.padEnd(width))}  ${printable(asText(value))}\n`);
  }

  /** The whole list as JSON, or a table of these columns: heading and field. */
  table(items: readonly Row[], columns: readonly (readonly [string, string])[], nothing: string): void {
    if (this.isJson) return this.json({ items });
    if (items.length === 0) return this.raw(`${nothing}\n`);
    const rows = items.map((item) => columns.map(([, field]) => cell(item[field])));
    const widths = columns.map(([heading], i) =>
      Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)),
    );
    const line = (cells: readonly string[]): string =>
      cells
        .map((value, i) => value.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd();
    this.raw(`${this.#bold(line(columns.map(([heading]) => heading)))}\n`);
    for (const row of rows) this.raw(`${line(row)}\n`);
  }

  /** For people only: a heading and its lines, in which **bold** is bold. Nothing where there are no lines. */
  section(heading: string, lines: readonly string[]): void {
    if (this.isJson || lines.length === 0) return;
    this.raw(`\n${this.#bold(heading)}\n`);
    for (const line of lines)
      this.raw(
        `  ${printable(line).replaceAll(/\*\*(.+?)\*\*/g, (_whole, text: string) => this.#bold(text))}\n`,
      );
  }

  /** One event per line, as it comes. */
  line(item: unknown, parts: readonly unknown[]): void {
    this.raw(this.isJson ? `${JSON.stringify(item)}\n` : `${parts.map(cell).join('  ').trimEnd()}\n`);
  }

  #bold(value: string): string {
    return this.#style.color ? `\u001b[1m${value}\u001b[22m` : value;
  }
}

/** Colour only on a terminal, and not where NO_COLOR is set to anything. */
export function wantsColor(stream: Writable & { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env['NO_COLOR'];
}

export function printable(value: string): string {
  return value.replaceAll(UNPRINTABLE, '\ufffd');
}

function asText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(asText).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '-');
}

function cell(value: unknown): string {
  const shown = printable(asText(value));
  return shown.length > CELL_LENGTH_MAX ? `${shown.slice(0, CELL_LENGTH_MAX - 1)}…` : shown;
}
