import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../refusal.ts';
import { checkPasswordStrength } from './passwords.ts';

const context = { email: 'ada.lovelace@example.com', displayName: 'Ada Lovelace' };
const isTaken = async (password: string): Promise<boolean> => {
  try {
    await checkPasswordStrength(password, context);
    return true;
  } catch (error) {
    assert.ok(error instanceof Refusal && error.code === 'invalid_request');
    assert.ok(!JSON.stringify([error.message, error.issues]).includes(password));
    return false;
  }
};

test('common passwords, their neighbours, repetition and sequences are refused at any length', async () => {
  for (const password of [
    'password1234',
    'P@ssw0rd2026',
    'passwordpassword',
    'qwertyuiop12',
    '123456789012',
    'aaaaaaaaaaaaaaaa',
    'abcdefghijkl',
    'letmeinletmein',
    'hunter2hunter2',
    'abcdefgh'.repeat(20),
  ])
    assert.equal(await isTaken(password), false, password);
});

test('what is made of the account or the vault is refused', async () => {
  for (const password of ['ada.lovelace@example.com', 'Lovelace-1815!', 'alter-vault-2026', 'AdaLovelace99'])
    assert.equal(await isTaken(password), false, password);
});

test('no rule on characters: words, spaces and any script are welcome', async () => {
  for (const password of [
    'correct horse battery staple',
    'a good long password',
    'восемнадцать синих чайников',
    'lovelace rides a green tram home',
    'x7#Kq9!vLp2$wR',
  ])
    assert.equal(await isTaken(password), true, password);
});
