/**
 * The one parser of JSON bodies (A10, A11): UTF-8, RFC 8259, and nothing that two readers could understand in two ways or that
 * PostgreSQL could not store. Its messages name places and never hold a value.
 */
import { Refusal } from './refusal.ts';

/** No body of the API is nested deeper than a handful; recursion further in needs a bound. */
const DEPTH_MAX = 64;
const PATH_CHARS_MAX = 200;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** Strings, with the colon that makes one a key, and what opens, parts and closes. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\],]/g;

interface Level {
  /** Null in an array. */
  readonly keys: Set<string> | null;
  at: string | number;
}

const refuse = (path: string, message: string): Refusal =>
  new Refusal('invalid_request', { issues: [{ path: path.slice(0, PATH_CHARS_MAX), message }] });

/** @throws Refusal `invalid_request` */
export function parseJson(bytes: Uint8Array): unknown {
  const { text, value } = decode(bytes);
  judge(text);
  return value;
}

function decode(bytes: Uint8Array): { text: string; value: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch {
    // The error of JSON.parse quotes the text.
    throw refuse('body', 'is not valid JSON in UTF-8');
  }
}

/** `text` is valid JSON by now, so that a scan of its tokens is enough. */
function judge(text: string): void {
  const open: Level[] = [];
  const path = (): string =>
    open
      .map(({ at }) => at)
      .filter((at) => at !== '')
      .join('.') || 'body';
  for (const [lexeme, colon] of text.matchAll(TOKEN)) {
    const level = open.at(-1);
    if (lexeme === '{') open.push({ keys: new Set(), at: '' });
    else if (lexeme === '[') open.push({ keys: null, at: 0 });
    else if (lexeme === '}' || lexeme === ']') open.pop();
    else if (lexeme === ',') {
      if (typeof level?.at === 'number') level.at += 1;
    } else {
      const string: unknown = JSON.parse(colon === undefined ? lexeme : lexeme.slice(0, -colon.length));
      if (typeof string !== 'string') continue;
      if (string.includes('\0')) throw refuse(path(), 'holds a NUL character');
      if (!string.isWellFormed()) throw refuse(path(), 'holds a lone surrogate');
      if (colon !== undefined && level?.keys) enterKey(level, level.keys, string, path);
    }
    if (open.length > DEPTH_MAX) throw refuse('body', `is nested deeper than ${DEPTH_MAX}`);
  }
}

function enterKey(level: Level, keys: Set<string>, key: string, path: () => string): void {
  level.at = key;
  if (FORBIDDEN_KEYS.has(key)) throw refuse(path(), 'is not a name that a field may have');
  if (keys.has(key)) throw refuse(path(), 'is there twice');
  keys.add(key);
}
