/**
 * The `context` of a call: strict parsing of what a caller sends, and its canonical text (RFC 8785), which is what is hashed.
 * Must never let through what PostgreSQL would refuse or alter in JSONB: a context must not be able to make the audit insert
 * fail, or to come out different from what was hashed (A10, A11, F19).
 */
import { Refusal } from '../refusal.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** WIRE §7. Counted in bytes of the canonical text. */
export const CONTEXT_BYTES_MAX = 16_384;
/** Deep nesting serves nobody who searches, and recursion needs a bound. */
const DEPTH_MAX = 32;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** Four bytes of raw text per canonical byte leaves room for escapes and white space. */
const RAW_TEXT_MAX = 4 * CONTEXT_BYTES_MAX;

/**
 * A context that arrived as part of a JSON body. Duplicate keys are gone by then: prefer `parseContextText` for raw text.
 * `field` is what the caller calls it.
 */
export function parseContext(value: unknown, field = 'context'): JsonObject {
  if (!isPlainObject(value)) throw refuse(field, 'must be a JSON object');
  const context = copyObject(value, field, 1);
  if (Buffer.byteLength(canonicalJson(context)) > CONTEXT_BYTES_MAX)
    throw refuse(field, `is larger than ${CONTEXT_BYTES_MAX} bytes`);
  return context;
}

/** A context that arrived as JSON text (`Alter-Context`); duplicate keys are refused. */
export function parseContextText(text: string, field = 'context'): JsonObject {
  if (text.length > RAW_TEXT_MAX) throw refuse(field, `is larger than ${CONTEXT_BYTES_MAX} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Refusal('invalid_request', {
      issues: [{ path: field, message: 'is not valid JSON' }],
      cause,
    });
  }
  const context = parseContext(value, field);
  refuseDuplicateKeys(text, field);
  return context;
}

/** RFC 8785: keys sorted by UTF-16 code units, numbers as ECMAScript prints them, no white space. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(',')}}`;
}

function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function copy(value: unknown, path: string, depth: number): Json {
  if (depth > DEPTH_MAX) throw refuse(path, `is nested deeper than ${DEPTH_MAX}`);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return checkText(value, path);
  if (typeof value === 'number') return checkNumber(value, path);
  if (Array.isArray(value))
    return value.map((item: unknown, index) => copy(item, `${path}.${index}`, depth + 1));
  if (isPlainObject(value)) return copyObject(value, path, depth);
  throw refuse(path, 'is not a JSON value');
}

function copyObject(value: Record<string, unknown>, path: string, depth: number): JsonObject {
  if (depth > DEPTH_MAX) throw refuse(path, `is nested deeper than ${DEPTH_MAX}`);
  const result: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key))
      throw refuse(path, 'has a key that is not allowed (__proto__, constructor or prototype)');
    checkText(key, path);
    result[key] = copy(value[key], `${path}.${key}`.slice(0, 200), depth + 1);
  }
  return result;
}

function checkText(text: string, path: string): string {
  if (text.includes('\0')) throw refuse(path, 'holds a NUL character');
  if (!text.isWellFormed()) throw refuse(path, 'holds a lone surrogate');
  return text;
}

function checkNumber(value: number, path: string): number {
  if (!Number.isFinite(value)) throw refuse(path, 'is a number out of range');
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw refuse(path, 'is an integer beyond 2^53; send it as a string');
  return Object.is(value, -0) ? 0 : value;
}

/** `text` is valid JSON with bounded depth by now, so a scan of strings and brackets is enough. */
function refuseDuplicateKeys(text: string, field: string): void {
  const open: Array<Set<string> | null> = [];
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const [lexeme, colon] = token;
    if (lexeme === '{') open.push(new Set());
    else if (lexeme === '[') open.push(null);
    else if (lexeme === '}' || lexeme === ']') open.pop();
    else if (colon !== undefined) {
      const key: unknown = JSON.parse(lexeme.slice(0, lexeme.length - colon.length));
      const keys = open.at(-1);
      if (!keys || typeof key !== 'string') continue;
      if (keys.has(key)) throw refuse(field, 'has the same key twice');
      keys.add(key);
    }
  }
}

function refuse(path: string, message: string): Refusal {
  const shown = path.toWellFormed().replaceAll('\0', '');
  return new Refusal('invalid_request', { issues: [{ path: shown, message }] });
}

/** The same object with every text in it, keys included, as `redact` gives it. */
export function redactObject(object: JsonObject, redact: (text: string) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [redact(key), redactJson(value, redact)]),
  );
}

function redactJson(value: Json, redact: (text: string) => string): Json {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => redactJson(item, redact));
  return redactObject(value, redact);
}

const isList = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);
