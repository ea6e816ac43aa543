/** What lists say of each thing beside it, so that nobody has to ask for each one alone: counts, names, states; and searching them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

const APP = '/v1/apps/default';

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

const namesOf = async (path: string): Promise<string[]> =>
  (await vault.ok('GET', path)).items.map((one: Json) => one.name);

test('a secret says how its template is drawn, whether it can be verified, and how many grants are active', async () => {
  const stored = await vault.ok('POST', `${APP}/secrets`, {
    name: 'openai-prod',
    template: 'openai',
    credential: { token: canary() },
  });
  assert.deepEqual(
    [stored.template_name, stored.tile.monogram.length > 0, stored.has_test_call, stored.active_grants],
    ['OpenAI', true, true, 1],
  );
  const own = await vault.secret(upstream.host, undefined, { name: 'own' });
  const path = `${APP}/secrets/${own.secret_id}`;
  const clone = await vault.ok('POST', `/v1/grants/${own.grant_id}/clone`, { ttl_seconds: 3600 });
  const shown = await vault.ok('GET', path);
  assert.deepEqual(
    [shown.template_name, shown.tile, shown.has_test_call, shown.active_grants],
    [null, null, false, 2],
  );
  await vault.ok('POST', `/v1/grants/${clone.grant_id}/revoke`, {});
  assert.equal((await vault.ok('PATCH', path, { name: 'ours' })).active_grants, 1);
  const listed = (await vault.ok('GET', `${APP}/secrets`)).items;
  assert.deepEqual(
    listed.map((one: Json) => [one.name, one.active_grants]),
    [
      ['openai-prod', 1],
      ['ours', 1],
    ],
  );
});

test('secrets are found by part of their name, template or host, whatever the case', async () => {
  const find = (text: string): Promise<string[]> => namesOf(`${APP}/secrets?q=${encodeURIComponent(text)}`);
  assert.deepEqual(await find('PROD'), ['openai-prod']);
  assert.deepEqual(await find('api.openai'), ['openai-prod']);
  assert.deepEqual(await find('OpenAI'), ['openai-prod']);
  assert.deepEqual(await find(upstream.host), ['ours']);
  assert.deepEqual(await find('%'), [], 'text, not a pattern');
  assert.equal((await vault.api('GET', `${APP}/secrets?q=`)).json.error.code, 'invalid_request');
});

test('a key says its state and its agent; keys are found by agent, state and text', async () => {
  const { agent_id } = await vault.ok('POST', `${APP}/agents`, { name: 'worker' });
  const live = await vault.key({ name: 'live one', agent_id });
  const over = await vault.key({
    name: 'short one',
    expires_at: new Date(Date.now() + 600).toISOString(),
  });
  const ended = await vault.key({ name: 'ended one' });
  await vault.ok('DELETE', `${APP}/keys/${ended.key_id}`);
  await new Promise((resolve) => setTimeout(resolve, 700));
  const all = (await vault.ok('GET', `${APP}/keys`)).items;
  assert.deepEqual(
    all.map((key: Json) => [key.name, key.status, key.agent_name]),
    [
      ['live one', 'active', 'worker'],
      ['short one', 'expired', null],
      ['ended one', 'revoked', null],
    ],
  );
  assert.deepEqual(await namesOf(`${APP}/keys?status=expired`), ['short one']);
  assert.deepEqual(await namesOf(`${APP}/keys?agent_id=${agent_id}`), ['live one']);
  assert.deepEqual(await namesOf(`${APP}/keys?q=ENDED`), ['ended one']);
  const tail = live.prefix.slice(-8);
  assert.deepEqual(await namesOf(`${APP}/keys?q=${encodeURIComponent(tail)}`), ['live one']);
  assert.ok(over.key_id);
});

test('an agent says when it called last, and how many keys and grants it has that work', async () => {
  const [before_] = (await vault.ok('GET', `${APP}/agents`)).items;
  assert.deepEqual([before_.last_used_at, before_.active_keys, before_.active_grants], [null, 1, 0]);
  const { agent_id } = before_;
  const secret = await vault.secret(upstream.host);
  const grant = await vault.ok('POST', `${APP}/secrets/${secret.secret_id}/grants`, {
    principal: { type: 'agent', id: agent_id },
  });
  assert.equal(grant.agent_name, 'worker');
  const { api_key } = await vault.key({ name: 'second', agent_id });
  assert.equal((await vault.proxy(api_key, grant.grant_id, `${upstream.origin}/`)).status, 200);
  await vault.ok('POST', `/v1/grants/${grant.grant_id}/revoke`, {});
  const read = (): Promise<Json> => vault.ok('GET', `${APP}/agents/${agent_id}`);
  let agent = await read();
  for (let tries = 0; agent.last_used_at === null && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    agent = await read();
  }
  assert.ok(agent.last_used_at !== null);
  assert.deepEqual([agent.active_keys, agent.active_grants], [2, 0]);
  const renamed = await vault.ok('PATCH', `${APP}/agents/${agent_id}`, { name: 'worker-2' });
  assert.deepEqual([renamed.name, renamed.active_keys], ['worker-2', 2]);
  assert.equal((await vault.ok('GET', `/v1/grants/${grant.grant_id}`)).agent_name, 'worker-2');
});
