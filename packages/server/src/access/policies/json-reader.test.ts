import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodySteps, compileJsonConditions, parseBody } from './body-json.ts';
import { JsonNumber, JsonObject, VALUES_MAX, type JsonNode } from './json-reader.ts';

const MIB = 1024 * 1024;
const BODY_BYTES = 10 * MIB;

/** What the runtime's parser makes of it; keys in the order of a Map. */
function plain(node: JsonNode, keysOf: (value: unknown) => readonly string[], like: unknown): unknown {
  if (node instanceof JsonNumber) return Number(node.literal);
  if (Array.isArray(node))
    return node.map((one, i) => plain(one, keysOf, Array.isArray(like) ? like[i] : undefined));
  if (!(node instanceof JsonObject)) return node;
  return Object.fromEntries(
    keysOf(like).map((key) => {
      const member = node.get(key);
      assert.ok(member !== undefined, 'a key was lost');
      return [key, plain(member, keysOf, Object(like)[key])];
    }),
  );
}

const keysOf = (value: unknown): readonly string[] => Object.keys(Object(value));

test('A11: what is JSON is read as the runtime reads it, whatever the white space', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 3 }), (text, indent) => {
      const value: unknown = JSON.parse(text);
      const body = parseBody(Buffer.from(JSON.stringify(value, undefined, indent)));
      // Lone surrogates and NUL are refused, which the generator makes at times.
      if ('verdict' in body) return /NUL|surrogate/.test(body.why);
      assert.deepEqual(plain(body.root, keysOf, value), value);
      return true;
    }),
    { numRuns: 1_000 },
  );
});

test('A11: what the runtime refuses, is refused', () => {
  const spoiled = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '{', ']', ':', '\\', '0', '.', 'e', '\u0001', 'x'),
    )
    .map(([text, at, mark]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + mark + text.slice(place + (mark === '' ? 1 : 0));
    });
  const isJson = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(spoiled, (text) => {
      const body = parseBody(Buffer.from(text));
      return isJson(text.toWellFormed()) ? true : 'verdict' in body;
    }),
    { numRuns: 5_000 },
  );
});

/** A body of about ten megabytes. */
const filled = (before: string, unit: string, after: string): Buffer =>
  Buffer.from(before + unit.repeat((BODY_BYTES - before.length - after.length) / unit.length) + after);

const HOSTILE: readonly (readonly [string, Buffer])[] = [
  ['numbers', filled('[', '1,', '1]')],
  ['empty objects', filled('[', '{},', '{}]')],
  ['empty strings', filled('[', '"",', '""]')],
  ['keys', Buffer.from(`{${Array.from({ length: 700_000 }, (_, i) => `"k${i}":1`).join(',')}}`)],
  [
    'keys, as many as are read',
    Buffer.from(`{${Array.from({ length: VALUES_MAX - 1 }, (_, i) => `"key${i}":1`).join(',')}}`),
  ],
  ['an exponent', filled('{"a":1e-', '9', '}')],
  ['a fraction', filled('{"a":0.', '0', '1}')],
  ['escapes', filled('"', '\\"', '"')],
  ['escapes of one character', filled('"', '\\u0041', '"')],
  ['nesting', filled('', '[', '')],
  ['white space', filled('', ' ', '1')],
  ['a string without end', filled('"', 'a', '')],
];
const CONDITIONS = compileJsonConditions(
  Array.from({ length: 32 }, () => ({ pointer: '/a', op: 'lte' as const, value: 5 })),
);

for (const [name, bytes] of HOSTILE) {
  test(`A11: a large body of ${name} is read and judged in less than two seconds, and in steps`, () => {
    const before = performance.now();
    CONDITIONS(parseBody(bytes));
    assert.ok(performance.now() - before < 2_000);
  });
}

test('A11: a large body is read in many steps, and to the same end', () => {
  const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, name: `n${id}`, tags: ['a', 'b'] }));
  const bytes = Buffer.from(JSON.stringify({ rows, a: 3 }));
  let steps = 0;
  const reading = bodySteps(bytes);
  for (let next = reading.next(); ; next = reading.next()) {
    if (next.done === true) {
      assert.equal(CONDITIONS(next.value), true);
      break;
    }
    steps += 1;
  }
  assert.ok(steps >= 20, `${steps}`);
});

test('A11: a body of more values than are read at most is unclear, one of as many is judged', () => {
  const ofValues = (count: number) => parseBody(Buffer.from(`[${'1,'.repeat(count - 2)}1]`));
  assert.ok('root' in ofValues(VALUES_MAX));
  assert.ok('verdict' in ofValues(VALUES_MAX + 1));
});
