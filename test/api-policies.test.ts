/** Policies over the API: made, listed, changed, deleted, explained, and ended with what they apply to. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { makeApp, startRig, type App, type Rig } from './guarantees/rig.ts';
import { canary, stopPostgres, type Answer } from './vault.ts';

let rig: Rig;
let app: App;
before(async () => {
  rig = await startRig();
  app = await makeApp(rig);
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

const DENY_DELETE = { type: 'request', effect: 'deny', methods: ['DELETE'] };
const named = (): string => `p-${randomBytes(6).toString('hex')}`;
const path = (of: App = app): string => `/v1/apps/${of.appId}/policies`;
const make = (more: Record<string, unknown> = {}, of: App = app) =>
  rig.vault.ok('POST', path(of), {
    name: named(),
    applies_to: { app: true },
    rule: DENY_DELETE,
    ...more,
  });
const tryMake = (more: Record<string, unknown>): Promise<Answer> =>
  rig.vault.api('POST', path(), { name: named(), applies_to: { app: true }, rule: DENY_DELETE, ...more });
const codeOf = ({ json }: Answer): string | undefined => json?.error?.code;
const pathsOf = ({ json }: Answer): string[] =>
  (json?.error?.issues ?? []).map((issue: { path: string }) => issue.path);
const events = (kind: string, of: App = app) => rig.vault.audit({ kind }, of.appId);

describe('policies over the API', () => {
  test('one is made, read, listed, changed and deleted, each change with its event and epoch', async () => {
    const mine = await makeApp(rig);
    const made = await make({ name: 'no-deletes' }, mine);
    assert.deepEqual(made.applies_to, { app: true });
    assert.equal(made.mode, 'enforce');
    assert.deepEqual(made.rule, DENY_DELETE);
    const one = `${path(mine)}/${made.policy_id}`;
    assert.deepEqual(await rig.vault.ok('GET', one), made);
    assert.deepEqual((await rig.vault.ok('GET', path(mine))).items, [made]);

    const rule = { type: 'request', effect: 'deny', methods: ['DELETE', 'PUT'] };
    const changed = await rig.vault.ok('PATCH', one, { name: 'no-writes', mode: 'monitor', rule });
    assert.deepEqual([changed.name, changed.mode, changed.rule], ['no-writes', 'monitor', rule]);
    assert.equal(changed.created_at, made.created_at);
    assert.deepEqual(await rig.vault.ok('GET', one), changed);

    assert.equal((await rig.vault.api('DELETE', one)).status, 204);
    for (const method of ['GET', 'DELETE'])
      assert.equal(codeOf(await rig.vault.api(method, one)), 'not_found');
    assert.equal(codeOf(await rig.vault.api('PATCH', one, { mode: 'enforce' })), 'not_found');
    assert.deepEqual((await rig.vault.ok('GET', path(mine))).items, []);

    const log = (await rig.vault.audit({}, mine.appId)).filter((event) => event.kind.startsWith('policy.'));
    assert.deepEqual(
      log.map((event) => event.kind),
      ['policy.deleted', 'policy.updated', 'policy.created'],
    );
    assert.ok(log.every((event) => event.policy_id === made.policy_id && event.actor.member_id !== null));
    const epochs = log.map((event) => event.epoch);
    assert.deepEqual(
      epochs,
      epochs.toSorted((a, b) => b - a),
    );
    assert.equal(new Set(epochs).size, 3);
    assert.deepEqual(log[1]?.context.rule, rule);
    assert.equal(log[1]?.context.name_before, 'no-deletes');
  });

  test('a change on top of a version that is no longer there is a conflict, and changes nothing', async () => {
    const made = await make();
    const one = `${path()}/${made.policy_id}`;
    const first = await rig.vault.ok('PATCH', one, { mode: 'monitor', if_updated_at: made.updated_at });
    const late = { mode: 'enforce', if_updated_at: made.updated_at };
    assert.equal(codeOf(await rig.vault.api('PATCH', one, late)), 'conflict');
    assert.deepEqual(await rig.vault.ok('GET', one), first);
    const offset = first.updated_at.replace('Z', '+00:00');
    assert.equal((await rig.vault.api('PATCH', one, { ...late, if_updated_at: offset })).status, 200);
    assert.equal((await rig.vault.api('DELETE', one)).status, 204);
  });

  test('names are unique among the live ones of an app', async () => {
    const { name, policy_id } = await make();
    assert.equal(codeOf(await tryMake({ name })), 'conflict');
    const other = await make();
    assert.equal(codeOf(await rig.vault.api('PATCH', `${path()}/${other.policy_id}`, { name })), 'conflict');
    await make({ name }, await makeApp(rig));
    await rig.vault.ok('DELETE', `${path()}/${policy_id}`);
    await make({ name });
  });

  test('A8: a network of all addresses is taken, with a warning', async () => {
    const warningsOf = async (type: string, cidrs: readonly string[]) =>
      (await make({ mode: 'monitor', rule: { type, cidrs } })).warnings;
    assert.deepEqual(await warningsOf('ip_allowlist', ['10.0.0.0/8', '2001:db8::/32']), []);
    const both = ['0.0.0.0/0', '10.0.0.0/8', '::/0', '::ffff:0:0/96'];
    for (const type of ['ip_allowlist', 'ip_denylist']) {
      const warnings = await warningsOf(type, both);
      assert.deepEqual(
        warnings.map((text: string) => text.split(' ')[0]),
        ['0.0.0.0/0', '::/0', '::ffff:0:0/96'],
      );
    }
    assert.deepEqual((await make()).warnings, []);
  });

  test('F19: a time that no answer could show is refused before it is stored', async () => {
    const late = '9999-12-31T23:59:59-14:00';
    const early = '0000-01-01T00:00:00+14:00';
    const draft = { applies_to: { app: true }, rule: DENY_DELETE };
    const post = (at: string, body: unknown) => rig.vault.api('POST', at, body);
    for (const time of [late, early]) {
      const answers = [
        await post(`/v1/grants/${app.grantId}/clone`, { expires_at: time }),
        await post(`/v1/apps/${app.appId}/secrets/${app.secretId}/grants`, { expires_at: time }),
        await post(`/v1/apps/${app.appId}/keys`, { name: 'k', expires_at: time }),
        await post(`${path()}/replay`, { policy: draft, from: '2026-01-01T00:00:00Z', to: time }),
        await rig.vault.api('GET', `/v1/grants/${app.grantId}/usage?to=${encodeURIComponent(time)}`),
      ];
      assert.deepEqual(answers.map(codeOf), Array(answers.length).fill('invalid_request'));
    }
    await rig.vault.ok('GET', `/v1/apps/${app.appId}/grants`);
    const last = '9999-12-31T23:59:59Z';
    const { expires_at } = await rig.vault.ok('POST', `/v1/grants/${app.grantId}/clone`, {
      expires_at: last,
    });
    assert.equal(Date.parse(expires_at), Date.parse(last));

    const mine = await makeApp(rig);
    const days = ['mon'];
    await make({ rule: { type: 'time_window', timezone: 'UTC', days, from: '09:00', to: '10:00' } }, mine);
    const url = `${rig.upstream.origin}/`;
    const asked = { grant_id: mine.grantId, method: 'GET', url, at: last };
    const told = await rig.vault.ok('POST', `${path(mine)}/evaluate`, asked);
    assert.deepEqual([told.code, told.because[0].passes_at], ['policy_denied', null]);
  });

  test('I9: what it applies to must be live and of this app; all else answers alike', async () => {
    const theirs = await makeApp(rig);
    const agent = await rig.vault.ok('POST', `/v1/apps/${app.appId}/agents`, { name: named() });
    await rig.vault.ok('DELETE', `/v1/apps/${app.appId}/agents/${agent.agent_id}`);
    const gone = await rig.vault.ok('POST', `/v1/apps/${app.appId}/secrets/${app.secretId}/grants`, {});
    await rig.vault.ok('POST', `/v1/grants/${gone.grant_id}/revoke`, {});
    const bad = {
      secret_id: [theirs.secretId, randomUUID()],
      grant_id: [theirs.grantId, gone.grant_id, randomUUID()],
      agent_id: [agent.agent_id, randomUUID()],
    };
    for (const [field, ids] of Object.entries(bad)) {
      const answers = await Promise.all(ids.map((id) => tryMake({ applies_to: { [field]: id } })));
      for (const answer of answers) {
        assert.equal(codeOf(answer), 'invalid_request');
        assert.deepEqual(pathsOf(answer), [`applies_to.${field}`]);
        assert.deepEqual(answer.json.error.issues, answers[0]?.json.error.issues);
      }
    }
    for (const applies_to of [{ secret_id: app.secretId }, { grant_id: app.grantId }]) {
      assert.deepEqual((await make({ applies_to })).applies_to, applies_to);
    }
  });

  test('a body that is not one of the wire is refused with its place', async () => {
    const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
      [{ rule: { type: 'nothing' } }, /^rule/],
      [{ rule: { ...DENY_DELETE, more: 1 } }, /^rule/],
      [{ mode: 'off' }, /^mode/],
      [{ applies_to: { app: false } }, /^applies_to/],
      [{ applies_to: { app: true, secret_id: app.secretId } }, /^applies_to/],
      [{ name: 'two words' }, /^name/],
      [{ more: 1 }, /more/],
    ];
    for (const [body, at] of cases) {
      const answer = await tryMake(body);
      assert.equal(codeOf(answer), 'invalid_request', JSON.stringify(body));
      assert.ok(
        pathsOf(answer).some((one) => at.test(one)),
        `${JSON.stringify(body)}: ${answer.text}`,
      );
    }
    const { policy_id } = await make();
    const moved = await rig.vault.api('PATCH', `${path()}/${policy_id}`, { applies_to: { app: true } });
    assert.equal(codeOf(moved), 'invalid_request', 'what it applies to stays');
  });

  test('approvers must be members or roles, and enough for the quorum', async () => {
    const rule = (more: Record<string, unknown>) => ({
      rule: { type: 'require_approval', approvers: ['approver'], ...more },
    });
    assert.equal((await make(rule({}))).rule.quorum, 1);
    const { member_id: me } = await rig.vault.ok('GET', '/v1/session');
    await make(rule({ approvers: [me.toUpperCase(), 'owner'], quorum: 2 }));
    const stranger = await tryMake(rule({ approvers: ['owner', randomUUID()] }));
    assert.deepEqual(pathsOf(stranger), ['rule.approvers.1']);
    assert.deepEqual(pathsOf(await tryMake(rule({ approvers: [me], quorum: 2 }))), ['rule.quorum']);
    const twice = await tryMake(rule({ approvers: [me, me.toUpperCase()] }));
    assert.deepEqual(pathsOf(twice), ['rule.approvers.1']);
  });

  test('lists go by page and by what policies apply to', async () => {
    const mine = await makeApp(rig);
    const made = [];
    for (const applies_to of [{ app: true }, { secret_id: mine.secretId }, { grant_id: mine.grantId }])
      made.push(await make({ applies_to, mode: 'monitor' }, mine));
    const first = await rig.vault.ok('GET', `${path(mine)}?limit=2`);
    const second = await rig.vault.ok('GET', `${path(mine)}?limit=2&cursor=${first.next_cursor}`);
    assert.deepEqual([...first.items, ...second.items], made);
    assert.equal(second.next_cursor, null);
    const one = await rig.vault.ok('GET', `${path(mine)}?grant_id=${mine.grantId}`);
    assert.deepEqual(one.items, [made[2]]);
    assert.deepEqual((await rig.vault.ok('GET', `${path(mine)}?mode=enforce`)).items, []);
  });

  test('A16: reading and writing need their scopes', async () => {
    const tokenOf = async (scopes: string[]): Promise<string> =>
      (await rig.vault.ok('POST', '/v1/tokens', { name: named(), scopes, ttl_seconds: 600 })).token;
    const reader = await tokenOf(['policies:read']);
    const nobody = await tokenOf(['apps:read']);
    const ask = (method: string, token: string, body?: unknown) =>
      rig.vault.api(method, path(), body, { token });
    assert.equal((await ask('GET', reader)).status, 200);
    assert.equal(codeOf(await ask('POST', reader, {})), 'insufficient_scope');
    assert.equal(codeOf(await ask('GET', nobody)), 'insufficient_scope');
    const replay = await rig.vault.api('POST', `${path()}/replay`, {}, { token: reader });
    assert.equal(codeOf(replay), 'insufficient_scope', 'past calls are of the audit log');
  });

  test('I8: a stored value and values of credential parameters stay out of the log', async () => {
    const token = canary();
    const mine = await makeApp(rig, { credential: { token } });
    const query = { api_key: ['sk-not-for-the-log'], page: ['1'], note: [`x ${token} y`] };
    const json = [{ pointer: '/auth/password', op: 'equals', value: 'hunter-22' }];
    await make({ rule: { type: 'request', effect: 'deny', query, json } }, mine);
    const [event] = await events('policy.created', mine);
    assert.equal(event.context.rule.query.api_key, '[redacted]');
    assert.equal(event.context.rule.json[0].value, '[redacted]');
    assert.deepEqual(event.context.rule.query.page, ['1']);
    const text = JSON.stringify(event);
    for (const secret of ['sk-not-for-the-log', 'hunter-22', token]) assert.ok(!text.includes(secret));
  });

  test('a rule that is too large for the log stands there by its digest', async () => {
    const mine = await makeApp(rig);
    const paths = Array.from({ length: 64 }, (_, i) => `/v1/${'x'.repeat(300)}/${i}`);
    await make({ rule: { type: 'request', effect: 'deny', paths } }, mine);
    const [event] = await events('policy.created', mine);
    assert.deepEqual(Object.keys(event.context.rule).toSorted(), ['bytes', 'sha256', 'type']);
  });

  test('policies end with their secret, their agent and their grant, whose clones go too', async () => {
    const mine = await makeApp(rig);
    const agent = await rig.vault.ok('POST', `/v1/apps/${mine.appId}/agents`, { name: 'bot' });
    const clone = await rig.vault.ok('POST', `/v1/grants/${mine.grantId}/clone`, {});
    const extra = await rig.vault.ok('POST', `/v1/apps/${mine.appId}/secrets/${mine.secretId}/grants`, {});
    const of = (applies_to: Record<string, unknown>) => make({ applies_to }, mine);
    const ofApp = await of({ app: true });
    const ofSecret = await of({ secret_id: mine.secretId });
    const ofExtra = await of({ grant_id: extra.grant_id });
    const ofClone = await of({ grant_id: clone.grant_id });
    const ofGrant = await of({ grant_id: mine.grantId });
    const ofAgent = await of({ agent_id: agent.agent_id });
    const live = async (): Promise<string[]> =>
      (await rig.vault.ok('GET', path(mine))).items.map((one: { policy_id: string }) => one.policy_id);
    const ids = (...policies: { policy_id: string }[]): string[] => policies.map((one) => one.policy_id);

    await rig.vault.ok('POST', `/v1/grants/${mine.grantId}/revoke`, {});
    assert.deepEqual(await live(), ids(ofApp, ofSecret, ofExtra, ofAgent));
    const ended = await events('policy.deleted', mine);
    assert.deepEqual(ended.map((event) => event.policy_id).toSorted(), ids(ofGrant, ofClone).toSorted());
    assert.ok(ended.every((event) => event.context.with_its_grant === mine.grantId));

    await rig.vault.ok('DELETE', `/v1/apps/${mine.appId}/agents/${agent.agent_id}`);
    assert.deepEqual(await live(), ids(ofApp, ofSecret, ofExtra));
    await rig.vault.ok('DELETE', `/v1/apps/${mine.appId}/secrets/${mine.secretId}`);
    assert.deepEqual(await live(), ids(ofApp));
    await make({ name: ofSecret.name }, mine);
  });
});
