/** The main job on the whole system: a credential stored, a call made in both modes, the log telling who did what. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

test('store once, call with a grant in proxy mode, read the audit log', async () => {
  const token = canary();
  const { api_key } = await vault.key();
  const { grant_id } = await vault.secret(upstream.host, { token });
  const answer = await vault.proxy(api_key, grant_id, `${upstream.origin}/v1/x?y=z`, {
    method: 'POST',
    body: 'hello',
    alter: { 'Alter-Reason': 'a test' },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json, { method: 'POST', url: '/v1/x?y=z', body: 'hello' });
  assert.equal(upstream.requests.at(-1)?.headers['authorization'], `Bearer ${token}`);
  const events = await vault.audit({ grant_id, kind: 'call.authorized' });
  assert.equal(events.length, 1);
  assert.equal(events[0].reason, 'a test');
});

test('request mode releases the injection for one call', async () => {
  const token = canary();
  const { api_key } = await vault.key();
  const { grant_id } = await vault.secret(upstream.host, { token });
  const answer = await vault.release(api_key, { grant_id, method: 'GET', url: `${upstream.origin}/` });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.inject, { headers: [['Authorization', `Bearer ${token}`]], query: [] });
});

test('I8: a stored value that a caller writes into reason, context, caller or URL is not written down', async () => {
  const token = canary();
  const { api_key } = await vault.key();
  const { grant_id } = await vault.secret(upstream.host, { token });
  const answer = await vault.proxy(api_key, grant_id, `${upstream.origin}/${token}/x?a=${token}`, {
    alter: {
      'Alter-Reason': `because of ${token}`,
      'Alter-Caller': token,
      'Alter-Context': JSON.stringify({ note: [token], [token]: 1 }),
    },
  });
  assert.equal(answer.status, 200, answer.text);
  const events = await vault.audit({ grant_id });
  assert.ok(events.length >= 1);
  assert.ok(!JSON.stringify(events).includes(token));
  assert.ok(JSON.stringify(events).includes('[redacted]'));
});
