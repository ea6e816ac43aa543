import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { Secret } from '../vault/secret.ts';
import { RoleCache, ROLES_MAX, ROLES_OF_GRANT_MAX, type Fetched, type RoleOwner } from './role-cache.ts';

const log = pino({ level: 'silent' });
const owner = { appId: 'a', secretId: 's', version: 1, grantId: 'g' };

const fetched = (text: string, lifeMs: number): Fetched => ({
  fields: new Map([['secret_access_key', Secret.fromText(text)]]),
  lifeMs,
});

const textOf = (lent: { fields: ReadonlyMap<string, Secret> }): string | undefined =>
  lent.fields.get('secret_access_key')?.revealText();

test('R14: one fetch for many who ask at once, and none while it is good', async () => {
  const cache = new RoleCache(log);
  let count = 0;
  const ask = () =>
    cache.lend('k', owner, async () => {
      count += 1;
      await sleep(10);
      return fetched(`value-${count}`, 60_000);
    });
  const all = await Promise.all(Array.from({ length: 100 }, ask));
  assert.deepEqual(new Set(all.map(textOf)), new Set(['value-1']));
  assert.equal(textOf(await ask()), 'value-1');
  assert.equal(count, 1);
  assert.notEqual(textOf(await cache.lend('other', owner, async () => fetched('x', 1000))), 'value-1');
});

test('R14: renewed behind the calls before its end, also when that fails for a while; after its end it is waited for', async () => {
  const cache = new RoleCache(log);
  let count = 0;
  let isFailing = false;
  const ask = () =>
    cache.lend('k', owner, async () => {
      count += 1;
      if (isFailing) throw new Error('no');
      return fetched(`value-${count}`, 400);
    });
  assert.equal(textOf(await ask()), 'value-1');
  await sleep(310);
  isFailing = true;
  assert.equal(textOf(await ask()), 'value-1', 'a renewal that fails is nobody’s failure');
  assert.equal(count, 2);
  isFailing = false;
  await sleep(120);
  assert.equal(textOf(await ask()), 'value-3', 'ended');
  await sleep(310);
  assert.equal(textOf(await ask()), 'value-3');
  await sleep(5);
  assert.equal(textOf(await ask()), 'value-4', 'renewed behind the call before');
});

test('R14: what failed is asked for again, and everybody who waited is told', async () => {
  const cache = new RoleCache(log);
  const ask = () =>
    cache.lend('k', owner, async () => {
      await sleep(1);
      throw new Error('refused');
    });
  const both = await Promise.allSettled([ask(), ask()]);
  assert.ok(both.every(({ status }) => status === 'rejected'));
  assert.equal(textOf(await cache.lend('k', owner, async () => fetched('now', 1000))), 'now');
});

test('I12: a sweep forgets what is over', async () => {
  const cache = new RoleCache(log);
  const put = (key: string, version: number) =>
    cache.lend(key, { ...owner, version }, async () => fetched(key, 60_000));
  await put('a', 1);
  await put('b', 2);
  cache.sweep(({ version }) => version === 1);
  assert.equal(cache.size, 1);
  assert.equal(textOf(await cache.lend('b', owner, async () => fetched('fetched again', 60_000))), 'b');
  cache.clear();
  assert.equal(cache.size, 0);
});

/** Of many owners: which keys are still there is asked without changing anything. */
function filled() {
  const cache = new RoleCache(log);
  const owners = new Map<string, RoleOwner>();
  const put = async (key: string, of: Partial<RoleOwner>): Promise<string | undefined> => {
    owners.set(key, { ...owner, ...of });
    return textOf(await cache.lend(key, { ...owner, ...of }, async () => fetched(key, 60_000)));
  };
  const fill = async (prefix: string, count: number, of: Partial<RoleOwner>): Promise<void> => {
    for (let at = 0; at < count; at += 1) await put(`${prefix}-${at}`, of);
  };
  const isThere = async (key: string): Promise<boolean> => {
    const lent = await cache.lend(key, owners.get(key) ?? owner, async () =>
      fetched('fetched again', 60_000),
    );
    return textOf(lent) === key;
  };
  return { cache, put, fill, isThere };
}

test('R14: a grant whose callers make up names pushes out its own sessions, the one used longest ago first', async () => {
  const { cache, put, fill, isThere } = filled();
  await fill('other', 5, { grantId: 'other' });
  await put('verify', { grantId: null });
  await fill('made-up', ROLES_OF_GRANT_MAX, { grantId: 'g' });
  await put('made-up-0', { grantId: 'g' });
  await fill('more', 3, { grantId: 'g' });
  assert.equal(cache.size, ROLES_OF_GRANT_MAX + 6);
  for (const key of ['made-up-0', 'made-up-4', 'more-2', 'other-0', 'other-4', 'verify'])
    assert.equal(await isThere(key), true, key);
  for (const key of ['made-up-1', 'made-up-2', 'made-up-3']) assert.equal(await isThere(key), false, key);
  await fill('flood', ROLES_MAX + 1, { grantId: 'g' });
  assert.equal(cache.size, ROLES_OF_GRANT_MAX + 6);
  assert.equal(await isThere('other-0'), true);
});

test('R14: many grants of one app push out neither another app’s sessions nor those of a grant with few', async () => {
  const { cache, put, fill, isThere } = filled();
  await put('few', { grantId: 'few' });
  await fill('neighbour', 150, { appId: 'b', grantId: 'h' });
  // None of them has as many as the neighbour.
  for (let at = 0; at < (2 * ROLES_MAX) / 100; at += 1)
    await fill(`flood-${at}`, 100, { grantId: `flood-${at}` });
  assert.equal(cache.size, ROLES_MAX);
  for (const key of ['few', 'neighbour-0', 'neighbour-149']) assert.equal(await isThere(key), true, key);
  assert.equal(await isThere('flood-0-0'), false);
});

test('I8: what is kept is sealed, and what it was made from is zeroed', async () => {
  const cache = new RoleCache(log);
  const made = fetched('a-secret-value', 60_000);
  await cache.lend('k', owner, async () => made);
  assert.equal(made.fields.get('secret_access_key')?.revealText(), '\0'.repeat(14));
  assert.ok(!inspect(cache, { depth: 9, showHidden: true }).includes('a-secret-value'));
});
