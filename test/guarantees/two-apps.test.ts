/** I9, I10: what is in another app does not exist: its ids answer, on every route and door, exactly as random ids do. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ENDPOINTS } from '@alter-vault/contract';
import { pathAt, stopPostgres, type Answer } from '../vault.ts';
import { makeApp, startRig, type App, type Rig } from './rig.ts';

let rig: Rig;
let mine: App;
let theirs: App;
let theirIds: Record<string, string>;
before(async () => {
  rig = await startRig();
  mine = await makeApp(rig);
  theirs = await makeApp(rig);
  const { agent_id } = await rig.vault.ok('POST', `/v1/apps/${theirs.appId}/agents`, { name: 'theirs' });
  const { policy_id } = await rig.vault.ok('POST', `/v1/apps/${theirs.appId}/policies`, {
    name: 'theirs',
    applies_to: { app: true },
    rule: { type: 'request', effect: 'deny', methods: ['DELETE'] },
  });
  const { channel_id } = await rig.vault.ok('POST', `/v1/apps/${theirs.appId}/channels`, {
    name: 'theirs',
    type: 'webhook',
    url: 'https://hooks.example.com/x',
  });
  const [event] = await rig.vault.audit({}, theirs.appId);
  const { view_id } = await rig.vault.ok('POST', `/v1/apps/${theirs.appId}/audit/views`, {
    name: 'theirs',
    filters: {},
  });
  theirIds = {
    event_id: event.event_id,
    view_id,
    key_id: theirs.keyId,
    secret_id: theirs.secretId,
    grant_id: theirs.grantId,
    agent_id,
    policy_id,
    channel_id,
  };
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

/** All but what differs from one answer to the next. */
function comparable(answer: Answer): string {
  const requestId = answer.headers.get('alter-request-id') ?? '';
  const headers = [...answer.headers].filter(([name]) => !['date', 'alter-request-id'].includes(name));
  return JSON.stringify([answer.status, headers, answer.text.replaceAll(requestId, '<id>')]);
}

describe('ids of another app', () => {
  const scoped = Object.values(ENDPOINTS).filter(
    ({ path, permission }) => /:app\b/.test(path) && permission !== 'api_key',
  );
  for (const { method, path } of scoped) {
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name).filter((name) => name !== 'app');
    if (names.length === 0) continue;
    test(`I9, I10, A12: ${method} ${path}`, async () => {
      const ask = (id: string): Promise<Answer> =>
        rig.vault.api(
          method,
          pathAt(path, mine.appId, id),
          method === 'GET' || method === 'DELETE' ? undefined : {},
        );
      const id = theirIds[names[0] ?? ''] ?? assert.fail(names.join());
      const theirAnswer = await ask(id);
      assert.ok(theirAnswer.status >= 400);
      assert.equal(comparable(theirAnswer), comparable(await ask(randomUUID())));
    });
  }

  test('I9, I10: a grant of another app, in proxy mode and in request mode', async () => {
    const url = `${rig.upstream.origin}/other-app`;
    const proxied = (grantId: string) => rig.vault.proxy(mine.key, grantId, url);
    const released = (grant_id: string) => rig.vault.release(mine.key, { grant_id, method: 'GET', url });
    for (const ask of [proxied, released]) {
      const answer = await ask(theirs.grantId);
      assert.equal(answer.json.error.code, 'not_found');
      assert.equal(comparable(answer), comparable(await ask(randomUUID())));
    }
    assert.ok(!rig.upstream.requests.some((request) => request.url === '/other-app'));
  });

  test('I9: a grant of an agent for the app key, of another agent, and of the app for an agent', async () => {
    const { agent_id: one } = await rig.vault.ok('POST', `/v1/apps/${mine.appId}/agents`, { name: 'one' });
    const { agent_id: two } = await rig.vault.ok('POST', `/v1/apps/${mine.appId}/agents`, { name: 'two' });
    const { api_key } = await rig.vault.key({ kind: 'agent', agent_id: two }, mine.appId);
    const { grant_id } = await rig.vault.ok(
      'POST',
      `/v1/apps/${mine.appId}/secrets/${mine.secretId}/grants`,
      { principal: { type: 'agent', id: one } },
    );
    const notTheirs = [
      [mine.key, grant_id],
      [api_key, grant_id],
      [api_key, mine.grantId],
    ] as const;
    for (const [key, notTheirGrant] of notTheirs) {
      const ask = (grantId: string) => rig.vault.proxy(key, grantId, `${rig.upstream.origin}/`);
      assert.equal(comparable(await ask(notTheirGrant)), comparable(await ask(randomUUID())));
    }
    const denied = await rig.vault.audit({ kind: 'call.denied' }, mine.appId);
    assert.ok(
      denied.every((event) => event.secret_id === null),
      'nor does the log of the caller tell more',
    );
  });

  test('I10: lists, audit and export of one app hold nothing of another', async () => {
    await rig.vault.proxy(theirs.key, theirs.grantId, `${rig.upstream.origin}/`);
    // One that never asked for an id of another: its log would hold what it asked for.
    const innocent = await makeApp(rig);
    for (const what of [
      'keys',
      'agents',
      'secrets',
      'grants',
      'policies',
      'audit',
      'audit/export?format=ndjson',
      'audit/export?format=csv',
    ]) {
      const { text } = await rig.vault.api('GET', `/v1/apps/${innocent.appId}/${what}`);
      for (const id of [theirs.appId, ...Object.values(theirIds)])
        assert.ok(!text.includes(id), `${what} holds ${id}`);
    }
  });

  test('negative control: the same ids answer in their own app', async () => {
    const answer = await rig.vault.api('GET', `/v1/apps/${theirs.appId}/secrets/${theirs.secretId}`);
    assert.equal(answer.status, 200);
    assert.equal((await rig.vault.proxy(theirs.key, theirs.grantId, `${rig.upstream.origin}/`)).status, 200);
  });
});
