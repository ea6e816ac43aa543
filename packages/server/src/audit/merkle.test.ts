import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { leafHash } from './event.ts';
import {
  EMPTY_ROOT,
  Frontier,
  HASH_BYTES,
  consistencyPath,
  inclusionPath,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
  type Subtrees,
} from './merkle.ts';

/** The definition of RFC 6962 §2.1, word for word. */
function definedRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return hash('sha256', '', 'buffer');
  const [only] = leaves;
  if (leaves.length === 1 && only) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(definedRoot(leaves.slice(0, k)), definedRoot(leaves.slice(k)));
}

const leaves = Array.from({ length: 600 }, (_, n) => leafHash(Buffer.from(`leaf ${n}`)));
const subtrees: Subtrees = (level, index) =>
  Promise.resolve(definedRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));
const rootOf = (size: number): Buffer => definedRoot(leaves.slice(0, size));
const frontierOf = (size: number): Frontier => {
  const frontier = new Frontier();
  frontier.append(Buffer.concat(leaves.slice(0, size)));
  return frontier;
};

test('I13: the known roots of certificate transparency test data', () => {
  const data = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const frontier = new Frontier();
  assert.equal(
    frontier.root().toString('hex'),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  for (const hex of data) frontier.append(leafHash(Buffer.from(hex, 'hex')));
  assert.equal(
    frontier.root().toString('hex'),
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  );
  const first = new Frontier();
  first.append(leafHash(Buffer.alloc(0)));
  assert.equal(
    first.root().toString('hex'),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
});

test('I13: a frontier has the defined root at every size, and survives being stored', () => {
  const frontier = new Frontier();
  assert.deepEqual(frontier.root(), EMPTY_ROOT);
  for (let size = 1; size <= 300; size++) {
    frontier.append(leaves[size - 1] ?? EMPTY_ROOT);
    assert.deepEqual(frontier.root(), rootOf(size));
    assert.deepEqual(Frontier.parse(size, frontier.bytes()).root(), rootOf(size));
  }
  assert.throws(() => Frontier.parse(3, Buffer.alloc(32)), RangeError);
  assert.throws(() => frontierOf(3).append(Buffer.alloc(33)), RangeError);
});

test('I13: leaves may come in any portions: the frontier is the same, and each complete subtree is told once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 8 }), (portions) => {
      const frontier = new Frontier();
      const told = new Map<string, Buffer>();
      for (const portion of portions) {
        const from = frontier.size;
        const to = Math.min(from + portion, leaves.length);
        frontier.append(Buffer.concat(leaves.slice(from, to)), (level, index, roots) => {
          for (let at = 0; at < roots.length; at += HASH_BYTES) {
            const key = `${level}/${index + at / HASH_BYTES}`;
            assert.ok(!told.has(key), key);
            told.set(key, roots.subarray(at, at + HASH_BYTES));
          }
        });
        assert.deepEqual(frontier.root(), rootOf(to));
        assert.deepEqual(frontier.bytes(), frontierOf(to).bytes());
      }
      const { size } = frontier;
      for (let level = 0, width = 1; width <= size; level += 1, width *= 2) {
        for (let index = 0; (index + 1) * width <= size; index += 1) {
          const root = definedRoot(leaves.slice(index * width, (index + 1) * width));
          assert.deepEqual(told.get(`${level}/${index}`), root, `${level}/${index}`);
          told.delete(`${level}/${index}`);
        }
      }
      assert.equal(told.size, 0);
    }),
    { numRuns: 30 },
  );
});

const position = fc
  .integer({ min: 1, max: 600 })
  .chain((size) => fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.constant(size)));

test('I13: inclusion proofs verify, and no altered one does', async () => {
  await fc.assert(
    fc.asyncProperty(position, fc.nat(), fc.nat(255), async ([index, size], at, bit) => {
      const path = await inclusionPath(subtrees, index, size);
      const leaf = leaves[index] ?? EMPTY_ROOT;
      const root = rootOf(size);
      assert.ok(verifyInclusion(leaf, index, size, path, root));
      const flipped = Buffer.from(path[at % path.length] ?? leaf);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const bad: boolean[] = [
        verifyInclusion(leafHash(leaf), index, size, path, root),
        verifyInclusion(leaf, size, size, path, root),
        verifyInclusion(leaf, -1, size, path, root),
        verifyInclusion(leaf, index, size, [...path, EMPTY_ROOT], root),
        verifyInclusion(leaf, index, size, [EMPTY_ROOT, ...path], root),
        verifyInclusion(leaf, index, size, path, leafHash(root)),
      ];
      if (path.length > 0)
        bad.push(
          verifyInclusion(leaf, index, size, path.slice(1), root),
          verifyInclusion(leaf, index, size, path.slice(0, -1), root),
        );
      if (path.length > 0)
        bad.push(verifyInclusion(leaf, index, size, path.with(at % path.length, flipped), root));
      if (size > 1) bad.push(verifyInclusion(leaf, (index + 1) % size, size, path, root));
      assert.ok(bad.every((isAccepted) => !isAccepted));
    }),
  );
});

test('I13: consistency proofs verify, and no altered one does', async () => {
  await fc.assert(
    fc.asyncProperty(position, fc.nat(), async ([from, size], at) => {
      const [older, newer] = [
        { size: from, root: rootOf(from) },
        { size, root: rootOf(size) },
      ];
      const path = await consistencyPath(subtrees, from, size);
      assert.ok(verifyConsistency(older, newer, path));
      if (from === 0) return;
      assert.ok(!verifyConsistency({ size: from, root: leafHash(older.root) }, newer, path));
      assert.ok(!verifyConsistency(older, { size, root: leafHash(newer.root) }, path));
      assert.ok(!verifyConsistency(older, newer, [...path, EMPTY_ROOT]));
      assert.ok(!verifyConsistency(older, newer, path.slice(1)));
      assert.ok(
        !verifyConsistency(
          older,
          newer,
          path.with(at % path.length, leafHash(path[at % path.length] ?? EMPTY_ROOT)),
        ),
      );
      assert.ok(!verifyConsistency(newer, older, path));
    }),
  );
});
