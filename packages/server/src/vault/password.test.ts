import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IntegrityError } from './integrity.ts';
import { hashPassword, needsRehash, PASSWORD_BYTES_MAX, verifyPassword } from './password.ts';
import { Secret } from './secret.ts';

const password = Secret.fromText('correct horse battery staple');

test('W5: a password verifies against its own PHC string only', async () => {
  const phc = await hashPassword(password);
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(await hashPassword(password), phc);
  assert.equal(await verifyPassword(phc, password), true);
  assert.equal(await verifyPassword(phc, Secret.fromText('correct horse battery stapl')), false);
  assert.equal(needsRehash(phc), false);
});

test('passwords are compared in one Unicode form', async () => {
  const phc = await hashPassword(Secret.fromText('caf\u00e9 long enough'));
  assert.equal(await verifyPassword(phc, Secret.fromText('cafe\u0301 long enough')), true);
});

test('a hash made elsewhere with another cost verifies, and asks to be made anew', async () => {
  // From the reference implementation's own tests (m = 2^8 KiB, t = 2, p = 1).
  const phc = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  assert.equal(await verifyPassword(phc, Secret.fromText('password')), true);
  assert.equal(needsRehash(phc), true);
});

test('W5: an unknown account is false and costs as much', async () => {
  const phc = await hashPassword(password);
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let i = 0; i < 7; i += 1) {
    known.push(await msToRefuse(phc));
    unknown.push(await msToRefuse(undefined));
  }
  // The least of several is the work itself; without the decoy it would be a thousand times less.
  assert.ok(Math.min(...unknown) > Math.min(...known) / 3);
});

async function msToRefuse(stored: string | undefined): Promise<number> {
  const start = performance.now();
  assert.equal(await verifyPassword(stored, Secret.fromText('wrong')), false);
  return performance.now() - start;
}

test('an edited hash is refused before it costs anything', async () => {
  const good = await hashPassword(password);
  const bad = [
    '',
    'plain',
    good.replace('argon2id', 'argon2i'),
    good.replace('v=19', 'v=16'),
    good.replace('m=19456', 'm=4194304'),
    good.replace('m=19456', 'm=7'),
    good.replace('t=2', 't=99'),
    good.replace('t=2', 't=0'),
    good.replace('p=1', 'p=99'),
    `${good}$`,
    good.slice(0, -25),
  ];
  for (const phc of bad) {
    await assert.rejects(verifyPassword(phc, password), IntegrityError);
    assert.throws(() => needsRehash(phc), IntegrityError);
  }
});

test('a password above the limit is refused', async () => {
  await assert.rejects(hashPassword(Secret.fromText('x'.repeat(PASSWORD_BYTES_MAX + 1))), TypeError);
});
