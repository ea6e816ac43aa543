import assert from 'node:assert/strict';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Secret } from '../vault/secret.ts';
import { hashRecoveryCode, mintRecoveryCodes, RECOVERY_CODES } from './recovery-codes.ts';
import { describeTotp, findTotpStep, mintTotpSecret } from './totp.ts';

/** RFC 6238 appendix B, SHA-1: the last six of its eight digits. */
const VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;
const RFC_SECRET = (): Secret => Secret.fromText('12345678901234567890');

test('codes are those of RFC 6238, and tell their step', () => {
  for (const [seconds, code] of VECTORS)
    assert.equal(findTotpStep(RFC_SECRET(), code, seconds * 1000), BigInt(Math.floor(seconds / 30)));
});

test('a code counts one step before and after its own, and no further', () => {
  const [seconds, code] = VECTORS[4];
  for (const [shift, counts] of [
    [-60, false],
    [-30, true],
    [0, true],
    [30, true],
    [60, false],
  ] as const)
    assert.equal(
      findTotpStep(RFC_SECRET(), code, (seconds + shift) * 1000) !== undefined,
      counts,
      `${shift}`,
    );
  assert.equal(findTotpStep(RFC_SECRET(), '000000', seconds * 1000), undefined);
});

test('what an app is told names the vault and the account', () => {
  const told = describeTotp(mintTotpSecret(), 'ada@example.com');
  assert.match(told.secret, /^[A-Z2-7]{32}$/);
  const url = new URL(told.otpauthUrl);
  assert.equal(url.protocol, 'otpauth:');
  assert.equal(url.searchParams.get('secret'), told.secret);
  assert.equal(url.searchParams.get('issuer'), 'Alter Vault');
  assert.match(decodeURIComponent(url.pathname), /ada@example\.com$/);
});

test('recovery codes are ten different ones, found however they are typed, for one factor only', () => {
  const pepper = createSecretKey(randomBytes(32));
  const codes = mintRecoveryCodes();
  assert.equal(new Set(codes).size, RECOVERY_CODES);
  const [first = ''] = codes;
  assert.match(first, /^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/);
  const factor = randomUUID();
  const hash = hashRecoveryCode(pepper, factor, first);
  assert.equal(hashRecoveryCode(pepper, factor, ` ${first.toUpperCase().replace('-', ' ')}`), hash);
  assert.equal(hashRecoveryCode(pepper, factor, first.replaceAll('0', 'O').replaceAll('1', 'l')), hash);
  assert.notEqual(hashRecoveryCode(pepper, randomUUID(), first), hash);
});
