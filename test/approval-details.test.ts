/** What the inbox shows of held calls: who asks, what is unlike before, who may decide, and that it is told live. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hintsOf } from '../packages/server/src/approvals/hints.ts';
import { decide, holdPolicy, person } from './approvals-rig.ts';
import { asSession, newMember } from './sessions.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

const LIST = '/v1/apps/default/approvals';

describe('details of held calls', () => {
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

  interface Held {
    readonly id: string;
    readonly key: string;
    readonly grantId: string;
  }

  /** A call of a new key of an agent that waits; `rule` of who may agree. */
  async function hold(
    rule: Record<string, unknown>,
    keyOptions: Record<string, unknown> = {},
  ): Promise<Held> {
    const { api_key: key } = await vault.key(keyOptions);
    const secret = await vault.secret(upstream.host);
    await vault.proxy(key, secret.grant_id, `${upstream.origin}/usual`);
    await holdPolicy(vault, { secret_id: secret.secret_id }, rule);
    const held = await vault.proxy(key, secret.grant_id, `${upstream.origin}/orders/7`, {
      method: 'DELETE',
      alter: { 'Alter-Caller': 'refunds.ts' },
    });
    assert.equal(held.status, 202, held.text);
    return { id: held.json.approval.approval_id, key, grantId: secret.grant_id };
  }

  const listed = async (cookie: string, id: string): Promise<Json> => {
    const { json } = await asSession(vault, cookie, 'GET', LIST);
    return json.items.find((one: Json) => one.approval_id === id);
  };

  test('who asks, by which key and agent; hints with what they are judged by', async () => {
    const agent = await vault.ok('POST', '/v1/apps/default/agents', { name: `worker-${Date.now()}` });
    const { api_key: key, key_id } = await vault.key({ name: 'of the worker', agent_id: agent.agent_id });
    const secret = await vault.secret(upstream.host);
    const grant = await vault.ok('POST', `/v1/apps/default/secrets/${secret.secret_id}/grants`, {
      principal: { type: 'agent', id: agent.agent_id },
    });
    await vault.proxy(key, grant.grant_id, `${upstream.origin}/usual`);
    await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
    const held = await vault.proxy(key, grant.grant_id, `${upstream.origin}/orders/7`, {
      method: 'DELETE',
      alter: { 'Alter-Caller': 'refunds.ts' },
    });
    const { cookie } = await newMember(vault, 'auditor');
    const one = await listed(cookie, held.json.approval.approval_id);
    const { caller, agent_id, agent_name, key_name } = one;
    assert.deepEqual(
      { caller, agent_id, agent_name, key_name, key_id: one.key_id },
      {
        caller: 'refunds.ts',
        agent_id: agent.agent_id,
        agent_name: agent.name,
        key_name: 'of the worker',
        key_id,
      },
    );
    assert.deepEqual(one.hints, [
      { kind: 'destructive_method', calls: null },
      { kind: 'first_path', calls: 1 },
      { kind: 'first_method', calls: 1 },
    ]);
  });

  test('a grant that was never used says so; what is known and small has no hint', async () => {
    const { api_key: key } = await vault.key();
    const secret = await vault.secret(upstream.host);
    const { policy_id } = await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['owner'] });
    const call = (): Promise<Json> => vault.proxy(key, secret.grant_id, `${upstream.origin}/usual`);
    const first = await call();
    const { cookie } = await newMember(vault, 'owner');
    const hints = async (answer: Json): Promise<Json> =>
      (await listed(cookie, answer.json.approval.approval_id)).hints;
    assert.deepEqual(await hints(first), [{ kind: 'first_call', calls: 0 }]);
    await vault.ok('PATCH', `/v1/apps/default/policies/${policy_id}`, { mode: 'monitor' });
    assert.equal((await call()).status, 200);
    await vault.ok('PATCH', `/v1/apps/default/policies/${policy_id}`, { mode: 'enforce' });
    assert.deepEqual(await hints(await call()), []);
    assert.deepEqual(await hints(first), [{ kind: 'first_call', calls: 0 }], 'before it there was none');
  });

  test('A3: who may decide is said as the decision would be judged, and why not', async () => {
    const owned = await person(vault, 'approver');
    const [one, two, other] = [
      await person(vault, 'approver'),
      await person(vault, 'approver'),
      await person(vault, 'auditor'),
    ];
    const { id } = await hold({ approvers: ['approver'], quorum: 2 }, { owner_member_id: owned.memberId });
    const because = async (cookie: string): Promise<[boolean, string | null]> => {
      const { may_decide, cannot_decide_because } = await listed(cookie, id);
      return [may_decide, cannot_decide_because];
    };
    assert.deepEqual(await because(one.cookie), [true, null]);
    assert.deepEqual(await because(owned.cookie), [false, 'own_call']);
    assert.deepEqual(await because(other.cookie), [false, 'not_named']);
    assert.equal((await decide(vault, id, one)).status, 200);
    assert.deepEqual(await because(one.cookie), [false, 'decided']);
    assert.deepEqual(await because(two.cookie), [true, null]);
    assert.equal((await decide(vault, id, two, { decision: 'deny' })).status, 200);
    assert.deepEqual(await because(two.cookie), [false, 'ended']);
    const { json } = await asSession(vault, one.cookie, 'GET', `${LIST}?status=denied`);
    assert.ok(json.items.some((item: Json) => item.approval_id === id && item.decisions.length === 2));
  });

  test('I10: changes are told at once, of this app alone, and not to those who may not read them', async () => {
    const { cookie } = await newMember(vault, 'approver');
    await vault.ok('POST', '/v1/apps', { name: 'other' });
    const heard: string[] = [];
    const abort = new AbortController();
    const follow = async (app: string): Promise<void> => {
      const answer = await fetch(`${vault.url}/v1/apps/${app}/approvals/stream`, {
        headers: { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' },
        signal: abort.signal,
      });
      assert.equal(answer.status, 200);
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? [])
        for (const [, id] of decoder.decode(chunk).matchAll(/"approval_id":"([^"]+)"/g))
          heard.push(`${app} ${id}`);
    };
    const following = Promise.allSettled([follow('default'), follow('other')]);
    const { id } = await hold({ approvers: ['approver'] });
    const until = async (times: number): Promise<void> => {
      for (let tries = 0; heard.length < times; tries += 1) {
        assert.ok(tries < 100, JSON.stringify(heard));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await until(1);
    await decide(vault, id, await person(vault, 'approver'), { decision: 'deny' });
    await until(2);
    abort.abort();
    await following;
    assert.deepEqual([...new Set(heard)], [`default ${id}`]);
    const developer = await vault.ok('POST', '/v1/tokens', { name: 'none', scopes: ['apps:read'] });
    const refused = await vault.api('GET', `${LIST}/stream`, undefined, { token: developer.token });
    assert.equal(refused.json.error.code, 'insufficient_scope');
  });

  test('hints by hours and sizes need enough calls to be judged by', () => {
    const held = { approvalId: 'a', caller: null, url: 'https://a.example/', bytes: 200_000 };
    const past = {
      approvalId: 'a',
      calls: 60,
      toHost: 60,
      toUrl: 60,
      byMethod: 60,
      atHour: 0,
      bytesMax: 1000,
    };
    const kinds = (more: object, bytes = held.bytes): string[] =>
      hintsOf('POST', { ...held, bytes }, { ...past, ...more }).map(({ kind }) => kind);
    assert.deepEqual(kinds({}), ['unusual_hour', 'large_body']);
    assert.deepEqual(kinds({ calls: 49 }), ['large_body']);
    assert.deepEqual(kinds({ calls: 9 }), []);
    assert.deepEqual(kinds({ atHour: 1 }, 20_000), []);
    assert.deepEqual(kinds({ atHour: 1 }, 2_000_000), ['large_body']);
    assert.deepEqual(kinds({ toHost: 0, toUrl: 0, atHour: 1 }, 10), ['first_host']);
  });
});
