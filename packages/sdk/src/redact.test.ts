import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { REDACTED, Redactor } from './redact.ts';

const SECRET = 'K1-canary/with+signs "and" more';

/** The body cut at the given places, through a fresh redactor. */
function redactInPieces(secrets: readonly string[], body: Uint8Array, cuts: readonly number[]): Uint8Array {
  const stream = new Redactor(secrets).stream();
  const edges = [
    0,
    ...cuts.map((cut) => cut % (body.byteLength + 1)).toSorted((a, b) => a - b),
    body.byteLength,
  ];
  const parts = edges.slice(1).map((edge, i) => stream.push(body.slice(edges[i], edge)));
  return Buffer.concat([...parts, stream.flush()]);
}

test('P1: an echo is replaced wherever the chunks are cut, as it is, in a URL and in JSON', () => {
  for (const form of [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1)]) {
    const body = Buffer.from(`before ${form}${form} after`);
    for (let cut = 0; cut <= body.byteLength; cut += 1) {
      const passed = redactInPieces([SECRET], body, [cut]);
      assert.equal(Buffer.from(passed).toString(), `before ${REDACTED}${REDACTED} after`);
    }
  }
});

test('P1: of two secrets the one that holds the other is replaced as a whole, however it is cut', () => {
  const body = Buffer.from('x user:password1 y password1 z user:pass');
  for (let cut = 0; cut <= body.byteLength; cut += 1) {
    const passed = redactInPieces(['password1', 'user:password1'], body, [cut]);
    assert.equal(Buffer.from(passed).toString(), `x ${REDACTED} y ${REDACTED} z user:pass`);
  }
});

test('R14: bytes without an echo pass unchanged, in whatever pieces they come', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(400), { maxLength: 6 }), (body, cuts) => {
      assert.deepEqual(Buffer.from(redactInPieces([SECRET], body, cuts)), Buffer.from(body));
    }),
  );
});

test('P1: the cuts change nothing, also in text made of pieces of the secret', () => {
  const piece = fc.oneof(
    fc.constantFrom('abab', 'ababab', 'ababababc', 'ababababcd', 'b', 'a'),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(400), { maxLength: 8 }), (pieces, cuts) => {
      const body = Buffer.from(pieces.join(''));
      const secrets = ['ababababc', 'ababababcd'];
      const passed = Buffer.from(redactInPieces(secrets, body, cuts));
      assert.deepEqual(passed, Buffer.from(redactInPieces(secrets, body, [])));
      assert.ok(!passed.includes('ababababc'));
    }),
  );
});

test('an event is handed on at once unless its end may begin a secret', () => {
  const stream = new Redactor(['secret-value']).stream();
  assert.equal(Buffer.from(stream.push(Buffer.from('data: 1\n\n'))).toString(), 'data: 1\n\n');
  assert.equal(Buffer.from(stream.push(Buffer.from('data: secr'))).toString(), 'data: ');
  assert.equal(Buffer.from(stream.push(Buffer.from('etive\n\n'))).toString(), 'secretive\n\n');
});

test('values below 8 bytes are not looked for', () => {
  assert.equal(new Redactor(['short', '1234567']).isEmpty, true);
  assert.equal(new Redactor(['$& $1 $$ x']).redactText('a $& $1 $$ x b'), `a ${REDACTED} b`);
});
