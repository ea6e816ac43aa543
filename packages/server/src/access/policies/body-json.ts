/**
 * JSON bodies under a policy (A11): one strict parse, in which numbers keep their text, and conditions on what a pointer
 * (RFC 6901) finds. Must never choose between two readings: duplicate keys anywhere, and on the way of a pointer keys
 * that differ in case only, are unclear. What it says of a body holds nothing of it.
 */
import type { JsonCondition } from '@alter-vault/contract';
import { JsonNumber, JsonObject, JsonReader, Unreadable, type JsonNode } from './json-reader.ts';
import { compilePattern } from './pattern.ts';
import { ambiguous, every, type JsonBody, type Match, type Unclear } from './types.ts';

/** Values that are read at a time: about a millisecond. */
const STEP_VALUES = 2_000;

/** Reads a body step by step; between two steps other work may be done. */
export function* bodySteps(bytes: Uint8Array): Generator<undefined, JsonBody> {
  try {
    const reader = new JsonReader(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    for (;;) {
      const root = reader.read(STEP_VALUES);
      if (root !== undefined) return { root };
      yield;
    }
  } catch (thrown) {
    return ambiguous(thrown instanceof Unreadable ? thrown.message : 'the body is not JSON in UTF-8');
  }
}

/** The same, at once. */
export function parseBody(bytes: Uint8Array): JsonBody {
  const steps = bodySteps(bytes);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
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
    if (node instanceof JsonObject) {
      // Some servers match keys without regard to case.
      if (node.hasVariantOf(token))
        return ambiguous(`the body has a key like one of ${pointer} but for letter case`);
      next = node.get(token);
    } else if (Array.isArray(node) && /^(?:0|[1-9]\d*)$/.test(token)) next = node[Number(token)];
    if (next === undefined) return undefined;
    node = next;
  }
  return { node };
}

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
