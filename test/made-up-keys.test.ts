/** What strangers with keys can cost: keys of apps that are not there, and keys that were right once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppLookup } from '../packages/server/src/access/app-lookup.ts';
import { mintApiKey } from '../packages/server/src/access/keys.ts';
import { newId } from '../packages/server/src/ids.ts';
import { Database, type Queryable } from '../packages/server/src/store/database.ts';
import { silentLog } from './postgres.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

let vault: TestVault;
before(async () => {
  vault = await startVault();
});
after(async () => {
  await vault?.stop();
  await stopPostgres();
});

test('A15: keys of made-up apps cost one statement at a time, however many come; the app among them is found', async () => {
  const db = new Database({ url: vault.urls.runtimeUrl, log: silentLog, connectionsMax: 4 });
  let [running, most, statements] = [0, 0, 0];
  const counted: Queryable = {
    query: async <R>(name: string, text: string, values: readonly unknown[]) => {
      statements += 1;
      running += 1;
      most = Math.max(most, running);
      return db.query<R>(name, text, values).finally(() => (running -= 1));
    },
    queryAndCopy: (...of) => db.queryAndCopy(...of),
  };
  try {
    const { items } = await vault.ok('GET', '/v1/apps');
    const lookup = new AppLookup(counted);
    const ids = Array.from({ length: 2_000 }, newId);
    const [isThere, ...others] = await Promise.all([items[0].app_id, ...ids].map((id) => lookup.exists(id)));
    assert.equal(isThere, true);
    assert.ok(others.every((found) => !found));
    assert.equal(most, 1);
    assert.ok(statements <= 6, `${statements} statements`);
    assert.equal(await lookup.exists(items[0].app_id), true);
  } finally {
    await db.close();
  }
});

test('A15: a lookup that fails fails those who wait for it, and not the next', async () => {
  let isDown = true;
  const lookup = new AppLookup({
    query: async () => {
      if (isDown) throw new Error('down');
      return [];
    },
    queryAndCopy: () => Promise.reject(new Error('nothing is written here')),
  });
  await assert.rejects(lookup.exists(newId()), /down/);
  isDown = false;
  assert.equal(await lookup.exists(newId()), false);
});

test('A15: made-up keys are answered like any wrong key while a right one works', async () => {
  const { api_key: key } = await vault.key();
  const call = (text: string) => vault.proxy(text, newId(), 'http://127.0.0.1:9/');
  const answers = await Promise.all([
    ...Array.from({ length: 200 }, () => call(mintApiKey('app', newId(), newId()).text)),
    call(key),
  ]);
  const right = answers.pop();
  assert.equal(right?.json?.error?.code, 'not_found');
  assert.ok(answers.every((one) => one.status === 401 && one.json?.error?.code === 'unauthenticated'));
});

test('a revoked key that goes on calling leaves one event, not one for each call', async () => {
  const { key_id: keyId, api_key: key } = await vault.key();
  await vault.ok('DELETE', `/v1/apps/default/keys/${keyId}`);
  for (let n = 0; n < 40; n += 1)
    assert.equal((await vault.proxy(key, newId(), 'http://127.0.0.1:9/')).status, 401);
  const denied = await vault.audit({ kind: 'call.denied', key_id: keyId });
  assert.deepEqual(
    denied.map((event) => event.flags),
    [['key_revoked']],
  );
});
