/**
 * Guessing of passwords in numbers: ten thousand tries in all, at accounts that exist and not, from many addresses and from one. What
 * it costs whom: the guesser waits, the owner comes in, the vault keeps little.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool } from 'undici';
import { Authenticator } from './authenticator.ts';
import { sql } from './postgres.ts';
import { asSession, newMember, PASSWORD, stepUp } from './sessions.ts';
import { startVault, stopPostgres, testPostgres, type TestVault } from './vault.ts';

const ORIGIN = 'https://vault.example.com';
const TRIES = 8000;
const SPRAYED = 2000;
const ADDRESSES = 100;
const AT_ONCE = 12;
/** Free tries at an account, and those whose wait is over while the test goes on. */
const JUDGED_MAX = 110;
/** The log of the vault, which the test keeps, is in it. */
const HEAP_BYTES_MAX = 48 * 1024 * 1024;

let vault: TestVault;
let superuser: string;
/** Costs less than fetch: these tests are nearly nothing but requests. */
let client: Pool;

before(async () => {
  vault = await startVault({ env: { ALTER_PUBLIC_URL: ORIGIN, ALTER_TRUSTED_PROXIES: '127.0.0.1/32' } });
  const url = new URL((await testPostgres()).superuserUrl);
  url.pathname = new URL(vault.urls.ownerUrl).pathname;
  superuser = url.href;
  client = new Pool(vault.url, { connections: AT_ONCE });
});
after(async () => {
  await client?.close();
  await vault?.stop();
  await stopPostgres();
});

interface Try {
  readonly status: number;
  /** What can be told apart from outside, but for its time and its id. */
  readonly shape: string;
  readonly retryAfter: number;
  readonly ms: number;
}

async function tryAt(email: string, ip: string, password: string): Promise<Try> {
  const start = performance.now();
  const { statusCode, headers, body } = await client.request({
    method: 'POST',
    path: '/v1/session',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': ip },
    body: JSON.stringify({ email, password }),
  });
  const text = await body.text();
  const shape = `${statusCode} ${text.replace(/"request_id":"[^"]*"/, '')}`;
  return {
    status: statusCode,
    shape,
    retryAfter: Number(headers['retry-after'] ?? 0),
    ms: performance.now() - start,
  };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

/** So many at the same time, each a next one when it is answered. */
async function tryAll(count: number, one: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await one(next - 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

const rowsKept = async (): Promise<number> =>
  Number((await sql(superuser, 'SELECT count(*)::int AS n FROM sign_in_failures'))[0]?.['n']);

const judgedOf = (tries: readonly Try[]): readonly Try[] => tries.filter(({ status }) => status === 401);

function medianMs(tries: readonly Try[]): number {
  const sorted = tries.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

test('W5: eight thousand tries from a hundred addresses get little, tell nothing of who is known, and keep nobody out', async () => {
  const owner = await newMember(vault, 'owner');
  await stepUp(vault, owner.cookie);
  const device = new Authenticator(ORIGIN);
  const options = await asSession(vault, owner.cookie, 'POST', '/v1/passkeys/options');
  const credential = device.register(options.json.options);
  const added = await asSession(vault, owner.cookie, 'POST', '/v1/passkeys', { name: 'laptop', credential });
  assert.equal(added.status, 201, added.text);
  const unknown = `${randomUUID()}@example.com`;

  const heapBefore = heapBytes();
  const tries = new Map<string, Try[]>([
    [owner.email, []],
    [unknown, []],
  ]);
  const emails = [...tries.keys()];
  const cameIn: number[] = [];
  await tryAll(TRIES, async (index) => {
    const email = emails[index % 2] ?? '';
    const ip = `203.0.113.${Math.floor(index / 2) % ADDRESSES}`;
    tries.get(email)?.push(await tryAt(email, ip, `guess ${index}`));
    // Whoever has a passkey notices nothing.
    if (index % 2000 !== 1000) return;
    const begun = await vault.api('POST', '/v1/session/passkey/options', undefined, { token: null });
    const answer = await vault.api(
      'POST',
      '/v1/session/passkey',
      { credential: device.answer(begun.json.options) },
      { token: null, headers: { 'X-Forwarded-For': '198.51.100.7' } },
    );
    cameIn.push(answer.status);
  });
  assert.deepEqual(cameIn, [200, 200, 200, 200]);

  const shapes = new Set<string>();
  for (const [email, of] of tries) {
    const judged = judgedOf(of).length;
    assert.ok(judged >= 100 && judged <= JUDGED_MAX, `${judged} guesses were judged at ${email}`);
    for (const { shape } of of) shapes.add(shape);
  }
  assert.equal(shapes.size, 2, [...shapes].join('\n'));
  const [known, made] = emails.map((email) => medianMs(judgedOf(tries.get(email) ?? [])));
  const ratio = (known ?? 0) / (made ?? 1);
  assert.ok(
    ratio > 0.7 && ratio < 1.4,
    `${known} ms where there is an account, ${made} ms where there is none`,
  );

  // The account waits half a minute at most; then its owner comes in with the password too, from where nobody guessed.
  const waited = await tryAt(owner.email, '198.51.100.7', PASSWORD);
  assert.equal(waited.status, 429);
  assert.ok(waited.retryAfter >= 1 && waited.retryAfter <= 30);
  await sql(superuser, `UPDATE sign_in_failures SET last_at = last_at - interval '30 seconds'`);
  assert.equal((await tryAt(owner.email, '198.51.100.7', PASSWORD)).status, 200);

  assert.ok((await rowsKept()) <= 3 * ADDRESSES + 4, `${await rowsKept()} rows`);
  assert.ok(heapBytes() - heapBefore < HEAP_BYTES_MAX, `${heapBytes() - heapBefore} bytes more`);
  const [noted] = await sql(
    superuser,
    `SELECT count(*)::int AS n FROM audit_events WHERE kind = 'member.sign_in_failed'`,
  );
  assert.ok(Number(noted?.['n']) <= 2, 'the log tells the first, and how many followed');
});

test('W5: one address that tries a password at two thousand accounts keeps no row for each of them', async () => {
  await sql(superuser, 'DELETE FROM sign_in_failures');
  let judged = 0;
  await tryAll(SPRAYED, async (index) => {
    const { status } = await tryAt(`made-up-${index}@example.com`, '203.0.113.200', 'Spring2026!');
    if (status === 401) judged += 1;
    else assert.equal(status, 429);
  });
  assert.ok(judged >= 20 && judged <= 26, `${judged} were judged`);
  assert.ok((await rowsKept()) <= 3 * 26, `${await rowsKept()} rows`);
});

test('W5: all addresses of one IPv6 network are one guesser', async () => {
  await sql(superuser, 'DELETE FROM sign_in_failures');
  const { email } = await newMember(vault, 'auditor');
  const statuses: number[] = [];
  for (let host = 1; host <= 12; host += 1)
    statuses.push((await tryAt(email, `2001:db8:7:1::${host}`, 'a wrong guess')).status);
  assert.ok(statuses.includes(429), statuses.join());
  assert.equal((await tryAt(email, '2001:db8:7:1:ffff::1', PASSWORD)).status, 429);
  assert.equal((await tryAt(email, '2001:db8:7:2::1', PASSWORD)).status, 200);
});
