/** Clones: they never outlive or outrank their source, bring policies of their own, and are shown as the tree that they are. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { makeApp, pause, startRig, type App, type Rig } from './guarantees/rig.ts';
import { stopPostgres, type Answer } from './vault.ts';

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

const named = (): string => `p-${randomBytes(6).toString('hex')}`;
const NO_DELETES = { type: 'request', effect: 'deny', methods: ['DELETE'] };
const ONLY_GET = { type: 'request', effect: 'allow_only', methods: ['GET'] };
const clone = (grantId: string, body: Record<string, unknown> = {}) =>
  rig.vault.ok('POST', `/v1/grants/${grantId}/clone`, body);
const tryClone = (grantId: string, body: Record<string, unknown>): Promise<Answer> =>
  rig.vault.api('POST', `/v1/grants/${grantId}/clone`, body);
const policies = async (of: App, query = ''): Promise<Record<string, unknown>[]> =>
  (await rig.vault.ok('GET', `/v1/apps/${of.appId}/policies?${query}`)).items;
const grants = async (of: App, query = ''): Promise<Record<string, unknown>[]> =>
  (await rig.vault.ok('GET', `/v1/apps/${of.appId}/grants?${query}`)).items;
const pathsOf = ({ json }: Answer): string[] =>
  (json?.error?.issues ?? []).map((issue: { path: string }) => issue.path);
const codeOf = ({ json }: Answer): string | undefined => json?.error?.code;

describe('policies of a clone', () => {
  test('are made with it, apply to it, and are in the log with its epoch', async () => {
    const mine = await makeApp(rig);
    const made = await clone(mine.grantId, {
      label: 'one job',
      ttl_seconds: 600,
      policies: [
        { name: 'job', rule: NO_DELETES },
        { mode: 'monitor', rule: ONLY_GET },
      ],
    });
    assert.equal(made.cloned_from, mine.grantId);
    assert.deepEqual([made.policies, made.depth], [2, 1]);
    const found = await policies(mine, `grant_id=${made.grant_id}`);
    assert.deepEqual(
      found.map(({ mode, rule }) => [mode, rule]),
      [
        ['enforce', NO_DELETES],
        ['monitor', ONLY_GET],
      ],
    );
    assert.equal(found[0]?.['name'], 'job');
    assert.notEqual(found[1]?.['name'], 'job');
    const log = await rig.vault.audit({ grant_id: made.grant_id }, mine.appId);
    assert.deepEqual(log.map((event) => event.kind).toSorted(), [
      'grant.cloned',
      'policy.created',
      'policy.created',
    ]);
    assert.equal(new Set(log.map((event) => event.epoch)).size, 1, 'all in one change');
  });

  test('that are wrong are refused with their place, and nothing is made', async () => {
    const mine = await makeApp(rig);
    const taken = await rig.vault.ok('POST', `/v1/apps/${mine.appId}/policies`, {
      name: 'taken',
      applies_to: { app: true },
      rule: NO_DELETES,
    });
    const before = await grants(mine);
    const good = { rule: NO_DELETES };
    const cases: readonly (readonly [Record<string, unknown>[], string, string])[] = [
      [[good, { rule: { type: 'request', effect: 'deny' } }], 'invalid_request', 'policies.1.rule'],
      [[good, { ...good, mode: 'off' }], 'invalid_request', 'policies.1.mode'],
      [[{ ...good, applies_to: { app: true } }], 'invalid_request', 'policies.0'],
      [
        [{ rule: { type: 'require_approval', approvers: ['owner', randomUUID()] } }],
        'invalid_request',
        'policies.0.rule.approvers.1',
      ],
      [
        [
          { ...good, name: 'same' },
          { ...good, name: 'same' },
        ],
        'invalid_request',
        'policies.1.name',
      ],
      [[good, { ...good, name: taken.name }], 'conflict', 'policies.1.name'],
      [Array.from({ length: 17 }, () => good), 'invalid_request', 'policies'],
    ];
    for (const [list, code, at] of cases) {
      const answer = await tryClone(mine.grantId, { policies: list });
      assert.equal(codeOf(answer), code, answer.text);
      assert.ok(
        pathsOf(answer).some((path) => path === at || path.startsWith(`${at}.`)),
        `${at}: ${answer.text}`,
      );
    }
    assert.deepEqual(await grants(mine), before);
    assert.deepEqual(await policies(mine), [taken]);
    assert.equal((await rig.vault.audit({ kind: 'grant.cloned' }, mine.appId)).length, 0);
  });

  test('two clones at once take one name once', async () => {
    const name = named();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => tryClone(app.grantId, { policies: [{ name, rule: NO_DELETES }] })),
    );
    assert.deepEqual(answers.map((answer) => answer.status).toSorted(), [201, 409, 409, 409]);
  });
});

describe('a clone', () => {
  test('outlives its source neither by a later end nor by none', async () => {
    const short = await clone(app.grantId, { ttl_seconds: 60 });
    assert.equal((await clone(short.grant_id)).expires_at, short.expires_at);
    const late = await tryClone(short.grant_id, { ttl_seconds: 61 });
    assert.deepEqual([codeOf(late), pathsOf(late)], ['invalid_request', ['ttl_seconds']]);
    const at = new Date(Date.parse(short.expires_at) + 1).toISOString();
    assert.deepEqual(pathsOf(await tryClone(short.grant_id, { expires_at: at })), ['expires_at']);
    assert.equal(
      (await clone(short.grant_id, { expires_at: short.expires_at })).expires_at,
      short.expires_at,
    );
  });

  test('can be made of nothing that is over', async () => {
    const gone = await clone(app.grantId);
    await rig.vault.ok('POST', `/v1/grants/${gone.grant_id}/revoke`, {});
    assert.equal(codeOf(await tryClone(gone.grant_id, {})), 'grant_revoked');
    const brief = await clone(app.grantId, { ttl_seconds: 1 });
    await pause(1_100);
    assert.equal(codeOf(await tryClone(brief.grant_id, {})), 'grant_expired');
    assert.equal(codeOf(await tryClone(randomUUID(), {})), 'not_found');
  });

  test('of what belongs to one principal stays with that one', async () => {
    const { agent_id: id } = await rig.vault.ok('POST', `/v1/apps/${app.appId}/agents`, { name: named() });
    const ofAgent = await clone(app.grantId, { principal: { type: 'agent', id } });
    for (const principal of [{ type: 'system' }, { type: 'user', id: 'u1' }]) {
      assert.deepEqual(pathsOf(await tryClone(ofAgent.grant_id, { principal })), ['principal']);
    }
    assert.deepEqual((await clone(ofAgent.grant_id)).principal, { type: 'agent', id });
  });

  test('A14: goes with its source at once, to any depth, and answers grant_revoked', async () => {
    const source = await clone(app.grantId);
    const child = await clone(source.grant_id);
    const grandchild = await clone(child.grant_id);
    const sibling = await clone(app.grantId);
    const call = (grantId: string) => rig.vault.proxy(app.key, grantId, `${rig.upstream.origin}/`);
    for (const one of [source, child, grandchild, sibling])
      assert.equal((await call(one.grant_id)).status, 200);
    const { clones_revoked } = await rig.vault.ok('POST', `/v1/grants/${source.grant_id}/revoke`, {});
    assert.deepEqual(clones_revoked.toSorted(), [child.grant_id, grandchild.grant_id].toSorted());
    for (const one of [source, child, grandchild])
      assert.equal(codeOf(await call(one.grant_id)), 'grant_revoked');
    assert.equal((await call(sibling.grant_id)).status, 200);
  });
});

describe('the tree of grants', () => {
  test('tells depth, clones and policies, and lists each grant after its source', async () => {
    const mine = await makeApp(rig);
    const other = await rig.vault.ok('POST', `/v1/apps/${mine.appId}/secrets/${mine.secretId}/grants`, {});
    const late = async (source: string) => (await clone(source)).grant_id as string;
    const a = await late(mine.grantId);
    const b = await late(mine.grantId);
    const aa = await late(a);
    const ab = await late(a);
    const ba = await late(b);
    const oa = await late(other.grant_id);
    const tree = await grants(mine, 'tree=true');
    assert.deepEqual(
      tree.map((grant) => [grant['grant_id'], grant['depth'], grant['clones'], grant['cloned_from']]),
      [
        [mine.grantId, 0, 2, null],
        [a, 1, 2, mine.grantId],
        [aa, 2, 0, a],
        [ab, 2, 0, a],
        [b, 1, 1, mine.grantId],
        [ba, 2, 0, b],
        [other.grant_id, 0, 1, null],
        [oa, 1, 0, other.grant_id],
      ],
    );
    const idsOf = (rows: Record<string, unknown>[]) => rows.map((grant) => grant['grant_id']);
    assert.deepEqual(idsOf(await grants(mine, `root=${a}`)), [a, aa, ab]);
    assert.deepEqual(await grants(mine, `root=${randomUUID()}`), []);

    const paged: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = await rig.vault.ok('GET', `/v1/apps/${mine.appId}/grants?tree=true&limit=3${more}`);
      paged.push(...idsOf(page.items));
      cursor = page.next_cursor;
    }
    assert.deepEqual(paged, idsOf(tree));
    assert.deepEqual(await rig.vault.ok('GET', `/v1/grants/${ab}`), tree[3]);
    const flat = await grants(mine);
    assert.deepEqual(idsOf(flat), idsOf(flat).toSorted(), 'without tree it is by age, as before');
  });

  test('a grant says why it is proxy-only', async () => {
    const { grant_id } = await rig.vault.secret(rig.upstream.host, undefined, { delivery: 'proxy_only' });
    const bySecret = await rig.vault.ok('GET', `/v1/grants/${grant_id}`);
    assert.equal(bySecret.delivery, 'proxy_only');
    assert.match(bySecret.proxy_only_because, /secret/);
    const free = await rig.vault.ok('GET', `/v1/grants/${app.grantId}`);
    assert.deepEqual([free.delivery, free.proxy_only_because], ['any', null]);
  });
});
