/**
 * JSON bodies under a policy (A11): one strict parse, in which numbers keep their text, and conditions on what a pointer
 * (RFC 6901) finds. Must never choose between two readings: duplicate keys anywhere, and on the way of a pointer keys
 * that differ in case only, are unclear. What it says of a body holds nothing of it.
 */
import type { JsonCondition } from '@alter-vault/contract';
import { ambiguous, every, type Match, type Unclear } from './types.ts';
import { compilePattern } from './pattern.ts';

const DEPTH_MAX = 64;

/** A number as it is written. */
class JsonNumber {
  readonly literal: string;
  constructor(literal: string) {
    this.literal = literal;
  }
}
type JsonNode = string | boolean | null | JsonNumber | JsonNode[] | Map<string, JsonNode>;
/** In a box, so that it can't be taken for an answer. */
export type JsonBody = { readonly root: JsonNode } | Unclear;

class Unreadable extends Error {}

export function parseBody(bytes: Uint8Array): JsonBody {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    // The runtime's parser says whether it is JSON; the reader below may then rely on its form.
    JSON.parse(text);
    return { root: new Reader(text).read(0) };
  } catch (thrown) {
    if (thrown instanceof Unreadable) return ambiguous(thrown.message);
    return ambiguous('the body is not JSON in UTF-8');
  }
}

/** Reads what is known to be JSON. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(depth: number): JsonNode {
    if (depth > DEPTH_MAX) throw new Unreadable(`the body is nested deeper than ${DEPTH_MAX}`);
    const first = this.#peek();
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    const word = /[^\s,\]}]+/y;
    word.lastIndex = this.#at;
    const literal = word.exec(this.#text)?.[0] ?? '';
    this.#at += literal.length;
    if (literal === 'null') return null;
    return literal === 'true' || literal === 'false' ? literal === 'true' : new JsonNumber(literal);
  }

  #object(depth: number): Map<string, JsonNode> {
    const members = new Map<string, JsonNode>();
    while (this.#next('}')) {
      const key = this.#string();
      if (members.has(key)) throw new Unreadable('the body has a key twice in one object');
      this.#peek(); // the colon
      this.#at += 1;
      members.set(key, this.read(depth + 1));
    }
    return members;
  }

  #array(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    while (this.#next(']')) items.push(this.read(depth + 1));
    return items;
  }

  /** Past the opening bracket or a comma, to what follows; past the closing bracket when nothing does. */
  #next(close: string): boolean {
    if (this.#peek() === close) {
      this.#at += 1;
      return false;
    }
    this.#at += 1;
    if (this.#peek() !== close) return true;
    this.#at += 1;
    return false;
  }

  #string(): string {
    this.#peek();
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    this.#at = end + 1;
    const raw = this.#text.slice(start + 1, end);
    if (!raw.includes('\\')) return raw;
    const value = String(JSON.parse(`"${raw}"`));
    if (value.includes('\0') || !value.isWellFormed())
      throw new Unreadable('the body holds a NUL character or a lone surrogate');
    return value;
  }

  /** The next character that is no white space, without taking it. */
  #peek(): string {
    for (;;) {
      const character = this.#text[this.#at] ?? '';
      if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t')
        return character;
      this.#at += 1;
    }
  }
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

/** All of the conditions on a body. */
export function compileJsonConditions(conditions: readonly JsonCondition[]): (body: JsonBody) => Match {
  const compiled = conditions.map((condition) => ({
    path: condition.pointer
      .split('/')
      .slice(1)
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')),
    pointer: condition.pointer,
    test: compileTest(condition),
  }));
  return (body) => {
    if (!('root' in body)) return body;
    return every(compiled, ({ path, pointer, test }) => {
      const found = resolve(body.root, path, pointer);
      return found === undefined ? false : 'verdict' in found ? found : test(found.node);
    });
  };
}

function resolve(
  root: JsonNode,
  path: readonly string[],
  pointer: string,
): { readonly node: JsonNode } | Unclear | undefined {
  let node = root;
  for (const token of path) {
    let next: JsonNode | undefined;
    if (node instanceof Map) {
      if (hasVariant(node, token))
        return ambiguous(`the body has a key like one of ${pointer} but for letter case`);
      next = node.get(token);
    } else if (Array.isArray(node) && /^(?:0|[1-9]\d*)$/.test(token)) next = node[Number(token)];
    if (next === undefined) return undefined;
    node = next;
  }
  return { node };
}

/** Some servers match keys without regard to case. */
function hasVariant(members: ReadonlyMap<string, JsonNode>, key: string): boolean {
  const folded = fold(key);
  for (const other of members.keys()) if (other !== key && fold(other) === folded) return true;
  return false;
}

const fold = (key: string): string => key.toUpperCase().toLowerCase();

function compileTest(condition: JsonCondition): (node: JsonNode) => Match {
  const { op, value, pointer } = condition;
  if (op === 'equals' || op === 'in') {
    const values = new Set<unknown>(op === 'in' ? value : [value]);
    return (node) => {
      if (!(node instanceof JsonNumber)) return values.has(node);
      const number = numberOf(node, pointer);
      return typeof number === 'number' ? values.has(number) : number;
    };
  }
  if (op === 'matches') return compileMatches(value, pointer);
  return (node) => {
    if (!(node instanceof JsonNumber)) return ambiguous(`the body has no number at ${pointer}`);
    const number = numberOf(node, pointer);
    if (typeof number !== 'number') return number;
    return op === 'lte' ? number <= value : number >= value;
  };
}

function compileMatches(source: string, pointer: string): (node: JsonNode) => Match {
  const pattern = compilePattern(source);
  return (node) =>
    typeof node === 'string' ? pattern(node) : ambiguous(`the body has no text at ${pointer}`);
}

/** A number that a double holds exactly as it is written; other servers would read another one differently. */
function numberOf({ literal }: JsonNumber, pointer: string): number | Unclear {
  const number = Number(literal);
  if (/^-?\d{1,15}$/.test(literal)) return number + 0; // -0 is 0
  if (Number.isFinite(number) && decimalOf(literal) === decimalOf(String(number))) return number + 0;
  return ambiguous(`the number in the body at ${pointer} has more digits than servers agree on`);
}

/** Digits without zeros around them, and the power of ten of the last one. */
function decimalOf(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(literal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed === '') return '0';
  return `${sign}${trimmed}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - trimmed.length)}`;
}
