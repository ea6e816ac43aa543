/** Drafts over the calls of the past, and explanations of single ones, on a real vault: they say the same. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import pino from 'pino';
import { tooMuch } from '../packages/server/src/audit/past-calls.ts';
import { Refusal } from '../packages/server/src/refusal.ts';
import { Database } from '../packages/server/src/store/database.ts';
import { makeApp, pause, startRig, type App, type Rig } from './guarantees/rig.ts';
import { stopPostgres } from './vault.ts';

type Json = Record<string, unknown>;
interface Past {
  readonly event_id: string;
  readonly at: string;
  readonly method: string;
  readonly url: string;
  readonly grant_id: string;
  readonly kind: string;
  readonly actor: { readonly ip: string; readonly key_id: string };
}

let rig: Rig;
let app: App;
let clone: string;
let from: string;
let to: string;
let past: Past[];

const VERDICTS = ['pass', 'deny', 'hold', 'undetermined'] as const;
const named = (): string => `p-${randomBytes(6).toString('hex')}`;
const ofApp = { app: true };
const replay = (rule: Json, appliesTo: Json = ofApp, of = app) =>
  rig.vault.ok('POST', `/v1/apps/${of.appId}/policies/replay`, {
    policy: { applies_to: appliesTo, rule },
    from,
    to,
  });
const evaluate = (body: Json, of = app) =>
  rig.vault.ok('POST', `/v1/apps/${of.appId}/policies/evaluate`, body);
const make = (rule: Json, more: Json = {}, of = app) =>
  rig.vault.ok('POST', `/v1/apps/${of.appId}/policies`, {
    name: named(),
    applies_to: ofApp,
    rule,
    ...more,
  });
const counts = (told: Record<string, { count: number }>): number[] =>
  VERDICTS.map((verdict) => told[verdict]?.count ?? -1);

/** No minute begins while the calls are made, so that windows of a minute tell calls apart by choice only. */
before(async () => {
  rig = await startRig();
  app = await makeApp(rig);
  clone = (await rig.vault.ok('POST', `/v1/grants/${app.grantId}/clone`, {})).grant_id;
  from = new Date(Date.now() - 1_000).toISOString();
  const call = (grantId: string, path: string, method: string): Promise<unknown> =>
    rig.vault.proxy(app.key, grantId, rig.upstream.origin + path, { method });
  const paths = [
    '/v1/users/7',
    '/v1/users/8?page=1',
    '/v1/users/8?page=2&page=3',
    '/admin?token=abcdefgh12345678&page=1',
    `/v1/${app.token}/x?page=1`,
    '/v1/a%2fb',
    `/v1/q?note=${app.token}`,
  ];
  for (const path of paths) {
    for (const method of ['GET', 'POST']) await call(app.grantId, path, method);
    await call(clone, path, 'DELETE');
  }
  const { policy_id } = await make({ type: 'request', effect: 'deny', paths: ['/admin'] });
  await call(app.grantId, '/admin', 'GET');
  await rig.vault.ok('DELETE', `/v1/apps/${app.appId}/policies/${policy_id}`);
  await make({ type: 'require_approval', approvers: ['owner'], when: { paths: ['/held'] } });
  await call(app.grantId, '/held', 'POST');
  await rig.vault.proxy(app.key, app.grantId, 'https://elsewhere.example.com/');
  await pause(100);
  to = new Date(Date.now() + 1_000).toISOString();
  const events: Past[] = await rig.vault.audit({}, app.appId);
  past = events.filter(
    (event) =>
      event.kind === 'call.authorized' ||
      event.kind === 'call.held' ||
      (event.kind === 'call.denied' && event.url.endsWith('/admin')),
  );
  assert.equal(past.length, 23);
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

const DRAFTS: readonly (readonly [string, Json])[] = [
  ['methods', { type: 'request', effect: 'deny', methods: ['DELETE'] }],
  ['paths', { type: 'request', effect: 'allow_only', paths: ['/v1/users/*'] }],
  ['paths and methods', { type: 'request', effect: 'deny', methods: ['POST'], paths: ['/v1/**'] }],
  ['hosts', { type: 'request', effect: 'allow_only', hosts: ['127.0.0.1'] }],
  ['other hosts', { type: 'request', effect: 'allow_only', hosts: ['*.example.com'] }],
  ['query', { type: 'request', effect: 'deny', query: { page: ['1', '2'] } }],
  ['a redacted parameter', { type: 'request', effect: 'deny', query: { token: ['abcdefgh12345678'] } }],
  [
    'a body',
    { type: 'request', effect: 'deny', methods: ['POST'], json: [{ pointer: '/a', op: 'equals', value: 1 }] },
  ],
  ['an allowlist', { type: 'ip_allowlist', cidrs: ['10.0.0.0/8'] }],
  ['a denylist', { type: 'ip_denylist', cidrs: ['127.0.0.0/8', '::1/128'] }],
  [
    'days',
    {
      type: 'time_window',
      timezone: 'Asia/Tokyo',
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      from: '00:00',
      to: '24:00',
    },
  ],
  ['approval', { type: 'require_approval', approvers: ['owner'] }],
  [
    'approval of some',
    { type: 'require_approval', approvers: ['owner'], when: { methods: ['POST'], paths: ['/v1/**'] } },
  ],
];

describe('replay', () => {
  for (const [what, rule] of DRAFTS) {
    test(`${what}: agrees with evaluate on each past call, or is undetermined`, async () => {
      const told = await replay(rule);
      const { policy_id } = await make(rule, { mode: 'monitor' });
      const said = new Map<string, string>();
      for (const event of past) {
        const url = originals.get(event.event_id) ?? event.url;
        const { because } = await evaluate({
          grant_id: event.grant_id,
          key_id: event.actor.key_id,
          method: event.method,
          url,
          ip: event.actor.ip,
          at: event.at,
        });
        const mine = because.find((one: { policy_id: string }) => one.policy_id === policy_id);
        said.set(event.event_id, mine.verdict);
      }
      await rig.vault.ok('DELETE', `/v1/apps/${app.appId}/policies/${policy_id}`);
      assert.equal(told.calls, past.length);
      let undetermined = told.undetermined.count;
      for (const verdict of ['pass', 'deny', 'hold'] as const) {
        const expected = [...said.values()].filter((one) => one === verdict).length;
        assert.ok(told[verdict].count <= expected, `${verdict}: ${told[verdict].count} of ${expected}`);
        undetermined -= expected - told[verdict].count;
        for (const example of told[verdict].examples) {
          assert.equal(said.get(example.event_id), verdict);
          const event = past.find((one) => one.event_id === example.event_id);
          assert.deepEqual(
            [example.at, example.method, example.url, example.grant_id],
            [event?.at, event?.method, event?.url, event?.grant_id],
          );
        }
      }
      assert.equal(undetermined, 0, 'what is undetermined makes up the rest');
      for (const verdict of VERDICTS) {
        const { count, examples } = told[verdict];
        assert.ok(examples.length <= 5 && (count === 0 ? examples.length === 0 : examples.length > 0));
      }
    });
  }

  /** As the caller asked, before the log took credentials out. */
  const originals = {
    get: (eventId: string): string | undefined => {
      const url = past.find((event) => event.event_id === eventId)?.url;
      return url?.replace('token=[redacted]', 'token=abcdefgh12345678').replaceAll('[redacted]', app.token);
    },
  };

  test('what is redacted or needs a body is undetermined, unless the rest decides', async () => {
    const byPath = await replay({ type: 'request', effect: 'deny', methods: ['POST'], paths: ['/v1/**'] });
    // POST to the path with the stored value in it; GET and DELETE to it are decided by their method.
    assert.equal(byPath.undetermined.count, 1);
    assert.match(byPath.undetermined.examples[0].why, /path/);
    const byBody = await replay({
      type: 'request',
      effect: 'deny',
      methods: ['POST'],
      json: [{ pointer: '', op: 'equals', value: 1 }],
    });
    assert.deepEqual(counts(byBody), [15, 0, 0, 8]);
    const byMethod = await replay({ type: 'request', effect: 'deny', methods: ['POST'] });
    assert.deepEqual(counts(byMethod), [15, 8, 0, 0], 'nothing is undetermined that is not asked for');
  });

  test('verdicts are counted over time: the parts are equal, half-open, and add up', async () => {
    const limits: readonly Json[] = [
      { type: 'request', effect: 'deny', methods: ['POST'], paths: ['/v1/**'] },
      { type: 'rate_limit', limit: 3, window_seconds: 3600 },
    ];
    const at = Date.parse(past[Math.floor(past.length / 2)]?.at ?? '');
    const span = { from: new Date(at - 4_000).toISOString(), to: new Date(at + 4_000).toISOString() };
    const isWithin = (event: Past): boolean => event.at >= span.from && event.at < span.to;
    for (const rule of limits) {
      const told = await rig.vault.ok('POST', `/v1/apps/${app.appId}/policies/replay`, {
        policy: { applies_to: ofApp, rule },
        ...span,
        buckets: 4,
      });
      const over: readonly ({ at: string } & Record<string, number>)[] = told.over;
      assert.deepEqual(
        over.map((part) => Date.parse(part.at) - at),
        [-4_000, -2_000, 0, 2_000],
      );
      for (const verdict of VERDICTS)
        assert.equal(
          over.reduce((sum, part) => sum + (part[verdict] ?? 0), 0),
          told[verdict].count,
          verdict,
        );
      const made = over.map((part) => VERDICTS.reduce((sum, verdict) => sum + (part[verdict] ?? 0), 0));
      const expected = over.map(
        (part, index) =>
          past.filter(
            (event) => isWithin(event) && event.at >= part.at && event.at < (over[index + 1]?.at ?? span.to),
          ).length,
      );
      assert.deepEqual(made, expected);
      assert.ok(expected.some((count) => count > 0));
    }
    const plain = await replay({ type: 'request', effect: 'deny', methods: ['POST'] });
    assert.equal(plain.over, undefined, 'where nobody asks');
    const many = { policy: { applies_to: ofApp, rule: limits[0] }, ...span, buckets: 201 };
    const refused = await rig.vault.api('POST', `/v1/apps/${app.appId}/policies/replay`, many);
    assert.equal(refused.json.error.code, 'invalid_request');
  });

  test('a draft reaches what it applies to: clones with their source, nothing else', async () => {
    const rule = { type: 'request', effect: 'deny', methods: ['GET', 'POST', 'DELETE'] };
    const of = async (appliesTo: Json): Promise<number> => (await replay(rule, appliesTo)).calls;
    assert.equal(await of({ secret_id: app.secretId }), 23);
    assert.equal(await of({ grant_id: app.grantId }), 23);
    assert.equal(await of({ grant_id: clone }), 7);
    const { agent_id } = await rig.vault.ok('POST', `/v1/apps/${app.appId}/agents`, { name: named() });
    assert.equal(await of({ agent_id }), 0);
  });

  test('time is half-open, and an erased query is undetermined', async () => {
    const [event] = past;
    assert.ok(event);
    const rule = { type: 'request', effect: 'deny', query: { page: ['9'] } };
    const between = (start: string, end: string) =>
      rig.vault.ok('POST', `/v1/apps/${app.appId}/policies/replay`, {
        policy: { applies_to: ofApp, rule },
        from: start,
        to: end,
      });
    const next = new Date(Date.parse(event.at) + 1).toISOString();
    assert.ok((await between(event.at, next)).calls >= 1);
    assert.equal((await between(new Date(Date.parse(event.at) - 1).toISOString(), event.at)).calls, 0);

    const mine = await makeApp(rig);
    const begun = new Date(Date.now() - 1_000).toISOString();
    await rig.vault.proxy(mine.key, mine.grantId, `${rig.upstream.origin}/?page=9`);
    const [call] = await rig.vault.audit({ kind: 'call.authorized' }, mine.appId);
    const ask = () =>
      rig.vault.ok('POST', `/v1/apps/${mine.appId}/policies/replay`, {
        policy: { applies_to: ofApp, rule },
        from: begun,
        to: new Date(Date.now() + 1_000).toISOString(),
      });
    assert.deepEqual(counts(await ask()), [0, 1, 0, 0]);
    await rig.vault.ok('POST', `/v1/apps/${mine.appId}/audit/erase-detail`, { request_id: call.request_id });
    assert.deepEqual(counts(await ask()), [0, 0, 0, 1]);
  });

  test('limits are counted in the order of time; what was refused then counts on none', async () => {
    const rate = { type: 'rate_limit', limit: 5, window_seconds: 3600 };
    // 15 of the source grant that went through or were held, 7 of the clone, one that a policy denied.
    const perGrant = await replay({ ...rate, per: 'grant' });
    assert.deepEqual(counts(perGrant), [10, 13, 0, 0]);
    assert.deepEqual(counts(await replay({ ...rate, per: 'key' })), [5, 18, 0, 0]);
    assert.deepEqual(counts(await replay({ ...rate, limit: 22, per: 'key' })), [23, 0, 0, 0]);
    const quota = { type: 'quota', limit: 20, period: 'month', timezone: 'Europe/Berlin', per: 'caller' };
    assert.deepEqual(counts(await replay(quota)), [20, 3, 0, 0]);
    assert.deepEqual(
      counts(await replay({ ...rate, per: 'grant' }, { grant_id: app.grantId })),
      [5, 18, 0, 0],
      'a clone shares the limit of the grant that the policy is for',
    );
  });

  test('a draft is refused as a policy would be', async () => {
    const ask = (body: Json) => rig.vault.api('POST', `/v1/apps/${app.appId}/policies/replay`, body);
    const good = { applies_to: ofApp, rule: { type: 'request', effect: 'deny', methods: ['GET'] } };
    const cases: readonly (readonly [Json, string])[] = [
      [{ policy: good, from: to, to: from }, 'to'],
      [
        { policy: { ...good, applies_to: { grant_id: app.secretId } }, from, to },
        'policy.applies_to.grant_id',
      ],
      [
        {
          policy: { ...good, rule: { type: 'quota', limit: 1, period: 'day', timezone: 'Moon/Base' } },
          from,
          to,
        },
        'policy.rule.timezone',
      ],
    ];
    for (const [body, path] of cases) {
      const { json } = await ask(body);
      assert.equal(json.error.code, 'invalid_request');
      assert.deepEqual(json.error.issues[0].path, path);
    }
  });
});

describe('evaluate', () => {
  test('agrees with the call that is then made, and changes nothing', async () => {
    const mine = await makeApp(rig);
    await make({ type: 'request', effect: 'deny', methods: ['DELETE'] }, { name: 'no-deletes' }, mine);
    await make({ type: 'request', effect: 'allow_only', paths: ['/v1/**'] }, { mode: 'monitor' }, mine);
    await make(
      { type: 'request', effect: 'deny', json: [{ pointer: '/amount', op: 'gte', value: 100 }] },
      {},
      mine,
    );
    await make({ type: 'rate_limit', limit: 5, window_seconds: 3600 }, { name: 'five' }, mine);
    const cases = [
      { method: 'GET', path: '/v1/x' },
      { method: 'DELETE', path: '/v1/x' },
      { method: 'POST', path: '/other', body: '{"amount":99}' },
      { method: 'POST', path: '/v1/x', body: '{"amount":100}' },
      { method: 'GET', path: '/1' },
      { method: 'GET', path: '/2' },
      { method: 'GET', path: '/3' },
      { method: 'GET', path: '/4' },
    ];
    const codes: (string | null)[] = [];
    for (const { method, path, body } of cases) {
      const url = rig.upstream.origin + path;
      const ask = { grant_id: mine.grantId, method, url, ...(body === undefined ? {} : { body }) };
      const told = await evaluate(ask, mine);
      assert.deepEqual(await evaluate(ask, mine), told, 'asking counts nothing');
      assert.equal(told.because.length, 4);
      const call = await rig.vault.proxy(mine.key, mine.grantId, url, {
        method,
        ...(body === undefined ? {} : { body }),
      });
      assert.equal(told.code, call.status === 200 ? null : call.json.error.code, `${method} ${path}`);
      assert.equal(told.decision, call.status === 200 ? 'allow' : 'deny');
      codes.push(told.code);
    }
    assert.deepEqual(codes, [null, 'policy_denied', null, 'policy_denied', null, null, null, 'rate_limited']);
  });

  test('tells who may not call at all, where, and how', async () => {
    const mine = await makeApp(rig);
    const url = `${rig.upstream.origin}/`;
    const ask = (more: Json = {}) => evaluate({ grant_id: mine.grantId, method: 'GET', url, ...more }, mine);
    const { key_id: listed } = await rig.vault.key({ ip_allowlist: ['203.0.113.0/24'] }, mine.appId);
    assert.equal((await ask({ key_id: listed })).code, 'unauthenticated');
    assert.equal((await ask({ key_id: listed, ip: '203.0.113.9' })).decision, 'allow');
    const elsewhere = await ask({ url: 'https://elsewhere.example.com/' });
    const refused = await rig.vault.proxy(mine.key, mine.grantId, 'https://elsewhere.example.com/');
    const { code, message, hint } = refused.json.error;
    assert.deepEqual([elsewhere.code, elsewhere.message, elsewhere.hint], [code, message, hint]);
    await make({ type: 'require_approval', approvers: ['owner'] }, {}, mine);
    assert.equal((await ask()).decision, 'hold');
    assert.equal((await ask({ mode: 'request' })).code, 'proxy_required');
    const grant = await rig.vault.ok('GET', `/v1/grants/${mine.grantId}`);
    assert.equal(grant.delivery, 'proxy_only');
    assert.match(grant.proxy_only_because, /approval/);
    await rig.vault.ok('POST', `/v1/grants/${mine.grantId}/revoke`, {});
    assert.equal((await ask()).code, 'grant_revoked');
    const none = await rig.vault.api('POST', `/v1/apps/${app.appId}/policies/evaluate`, {
      grant_id: mine.grantId,
      method: 'GET',
      url,
    });
    assert.equal(none.json.error.code, 'invalid_request', 'a grant of another app is none');
  });

  test('names the limit that is used up, and when it lets the next call pass, as a call is told', async () => {
    const mine = await makeApp(rig);
    const { policy_id } = await make({ type: 'rate_limit', limit: 2, window_seconds: 600 }, {}, mine);
    const url = `${rig.upstream.origin}/`;
    const call = () => rig.vault.proxy(mine.key, mine.grantId, url);
    await call();
    await pause(30);
    await call();
    const told = await evaluate({ grant_id: mine.grantId, method: 'GET', url }, mine);
    const { error } = (await call()).json;
    assert.deepEqual([told.code, told.because[0].passes_at], ['rate_limited', error.passes_at]);
    assert.ok(told.hint.includes(policy_id) && told.hint.includes(error.passes_at), told.hint);
  });

  test('A6: a time is asked for by at, and passes_at says when it opens', async () => {
    const mine = await makeApp(rig);
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    await make(
      { type: 'time_window', timezone: 'America/New_York', days, from: '09:00', to: '17:00' },
      {},
      mine,
    );
    const ask = (at: string) =>
      evaluate({ grant_id: mine.grantId, method: 'GET', url: `${rig.upstream.origin}/`, at }, mine);
    const night = await ask('2026-11-18T04:00:00Z');
    assert.equal(night.code, 'policy_denied');
    assert.equal(night.because[0].passes_at, '2026-11-18T14:00:00.000Z');
    assert.equal((await ask('2026-11-18T14:00:00Z')).decision, 'allow');
    assert.equal((await ask('2026-11-18T22:00:00Z')).decision, 'deny');
  });
});

test('a replay that runs out of time says to narrow the range', async () => {
  const db = new Database({
    url: rig.vault.urls.runtimeUrl,
    log: pino({ level: 'silent' }),
    queryTimeoutMs: 600,
  });
  try {
    const late = await db.query('test.sleep', 'SELECT pg_sleep(2)', []).catch((thrown: unknown) => thrown);
    const refusal = tooMuch(late);
    assert.ok(refusal instanceof Refusal && refusal.code === 'unavailable');
    assert.match(refusal.hint, /"from" and "to"/);
    const other = new Refusal('unavailable');
    assert.equal(tooMuch(other), other, 'a database that is away is not asked for less');
  } finally {
    await db.close();
  }
});

describe('evaluate with a draft', () => {
  const DELETES = { type: 'request', effect: 'deny', methods: ['DELETE'] };
  const call = (more: Json = {}, of: App = app, grantId = of.grantId): Json => ({
    grant_id: grantId,
    method: 'DELETE',
    url: `${rig.upstream.origin}/v1/x`,
    ...more,
  });
  interface Because {
    readonly policy_id: string;
    readonly verdict: string;
    readonly name: string;
  }

  test('it is judged as if it were stored, decides nothing of real calls, and reaches what it applies to', async () => {
    const mine = await makeApp(rig);
    const draft = { applies_to: { grant_id: mine.grantId }, rule: DELETES };
    const ask = (more: Json, grantId = mine.grantId) => evaluate(call(more, mine, grantId), mine);
    assert.equal((await ask({})).decision, 'allow');
    const told = await ask({ draft });
    assert.deepEqual([told.decision, told.code], ['deny', 'policy_denied']);
    assert.deepEqual(
      told.because.map(({ policy_id, verdict }: Because) => [policy_id, verdict]),
      [['00000000-0000-0000-0000-000000000000', 'deny']],
    );
    assert.equal((await ask({ draft: { ...draft, mode: 'monitor' } })).decision, 'allow');
    assert.equal(
      (await ask({ draft: { ...draft, rule: { type: 'require_approval', approvers: ['owner'] } } })).decision,
      'hold',
    );
    const other = await rig.vault.ok('POST', `/v1/apps/${mine.appId}/secrets/${mine.secretId}/grants`, {});
    assert.deepEqual((await ask({ draft }, other.grant_id)).because, [], 'not beyond its reach');
    const real = await rig.vault.proxy(mine.key, mine.grantId, `${rig.upstream.origin}/v1/x`, {
      method: 'DELETE',
    });
    assert.equal(real.status, 200);
  });

  test('in place of a stored policy it is the only one of the two that speaks', async () => {
    const mine = await makeApp(rig);
    const stored = await make(DELETES, {}, mine);
    const draft = {
      policy_id: stored.policy_id,
      applies_to: ofApp,
      rule: { type: 'request', effect: 'deny', methods: ['PUT'] },
    };
    const told = await evaluate(call({ draft }, mine), mine);
    assert.equal(told.decision, 'allow');
    assert.deepEqual(
      told.because.map(({ policy_id, name }: Because) => [policy_id, name]),
      [[stored.policy_id, stored.name]],
    );
    assert.equal((await evaluate(call({}, mine), mine)).decision, 'deny');
  });

  test('I9: a draft that could not be stored, or names what is not here, is refused with its place', async () => {
    const mine = await makeApp(rig);
    const stranger = await make(DELETES, {}, mine);
    const drafts: readonly (readonly [Json, string])[] = [
      [{ applies_to: ofApp, rule: { ...DELETES, paths: ['x'] } }, 'draft.rule.paths.0'],
      [{ applies_to: { grant_id: mine.grantId }, rule: DELETES }, 'draft.applies_to.grant_id'],
      [{ policy_id: stranger.policy_id, applies_to: ofApp, rule: DELETES }, 'draft.policy_id'],
    ];
    for (const [draft, at] of drafts) {
      const refused = await rig.vault.api('POST', `/v1/apps/${app.appId}/policies/evaluate`, call({ draft }));
      assert.equal(refused.status, 400, refused.text);
      assert.deepEqual(
        refused.json.error.issues.map(({ path }: { path: string }) => path),
        [at],
      );
    }
  });
});
