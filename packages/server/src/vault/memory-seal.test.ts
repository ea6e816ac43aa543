import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IntegrityError } from './integrity.ts';
import { MemorySeal } from './memory-seal.ts';
import { Secret } from './secret.ts';

const fields = new Map([
  ['a', Secret.fromText('first value')],
  ['b', Secret.fromText('second value')],
]);

test('I6: what was sealed in memory opens as the same thing, under the same key, and as nothing else', () => {
  const seal = new MemorySeal();
  const sealed = seal.seal('one', fields);
  const opened = seal.open('one', sealed);
  assert.deepEqual(
    [...opened].map(([name, secret]) => [name, secret.revealText()]),
    [
      ['a', 'first value'],
      ['b', 'second value'],
    ],
  );
  assert.throws(() => seal.open('two', sealed), IntegrityError);
  assert.throws(() => new MemorySeal().open('one', sealed), IntegrityError);
  const swapped = { ...sealed, fields: sealed.fields.toReversed() };
  assert.throws(() => seal.open('one', swapped), IntegrityError);
});

test('no nonce comes twice, and the same value never looks the same', () => {
  const seal = new MemorySeal();
  const all = Array.from({ length: 50 }, () => seal.seal('one', fields));
  assert.equal(new Set(all.map(({ nonce }) => nonce.toString('hex'))).size, 50);
  assert.equal(
    new Set(all.flatMap((one) => one.fields.map(({ sealed }) => sealed.toString('hex')))).size,
    100,
  );
});
