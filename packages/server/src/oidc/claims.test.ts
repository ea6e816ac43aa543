/** What is taken of an ID token: kinds of signatures, times, and claims, without a provider. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SsoRefused } from '../people/sso-refused.ts';
import { checkFresh, checkTimes, claimsOf, ownKindsOf } from './claims.ts';

const ISSUER = 'https://id.example.com';
const token = { iss: ISSUER, sub: 'ada', aud: 'vault', iat: 1000, exp: 2000 };

test('W10: of the kinds of signatures that a provider names, those by a key pair count', () => {
  const kinds = (named?: string[]): string[] =>
    ownKindsOf({ issuer: ISSUER, ...(named && { id_token_signing_alg_values_supported: named }) });
  assert.deepEqual(kinds(['none', 'HS256', 'HS512', 'ES256', 'RS256', 'hs256']), ['ES256', 'RS256']);
  assert.deepEqual(kinds(['none', 'HS256']), []);
  assert.deepEqual(kinds(), ['RS256']);
});

test('W10: a token is of this sign-in by its time, and fresh where the person proved it since', () => {
  const now = 1_100_000;
  for (const iat of [970, 1000, 1130]) checkTimes({ ...token, iat }, 1_000_000, now);
  for (const iat of [969, 1131, 0]) assert.throws(() => checkTimes({ ...token, iat }, 1_000_000, now));
  for (const at of [970, 1100, 1130]) checkFresh({ ...token, auth_time: at }, 1_000_000, now);
  const isStale = ({ fault }: SsoRefused): boolean => fault === 'not_fresh';
  for (const at of [969, 1131, 0])
    assert.throws(() => checkFresh({ ...token, auth_time: at }, 1_000_000, now), isStale);
  assert.throws(() => checkFresh(token, 1_000_000, now), isStale);
});

test('W10: an address counts only where it is one that is verified, and a name that can be shown', () => {
  const told = (email: unknown, isVerified: unknown): string | undefined =>
    claimsOf(token, { email, email_verified: isVerified }).verifiedEmail;
  assert.equal(told('ada@example.com', true), 'ada@example.com');
  for (const isVerified of [false, undefined, null, 'true', 1, {}])
    assert.equal(told('ada@example.com', isVerified), undefined);
  for (const email of [
    undefined,
    7,
    ['ada@example.com'],
    'ada',
    'a@b, c@d.example',
    `${'x'.repeat(250)}@example.com`,
  ])
    assert.equal(told(email, true), undefined);
  const named = (name: string): string | undefined => claimsOf({ ...token, name }, {}).name;
  assert.equal(named('Ada Lovelace'), 'Ada Lovelace');
  for (const name of ['', 'a\u0000b', '\u202Eada', '\uD800', 'x'.repeat(129)])
    assert.equal(named(name), undefined);
  for (const sub of ['', 'x'.repeat(256), 'é', 'a\nb'])
    assert.throws(() => claimsOf({ ...token, sub }, {}), JSON.stringify(sub));
});
