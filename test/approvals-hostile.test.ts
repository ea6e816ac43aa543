/** What somebody tries who wants a held call to go out, or to be seen, in a way that its approvers did not agree to. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeOf, decide, ended, holdPolicy, person, state, type Person } from './approvals-rig.ts';
import { asSession, stepUp } from './sessions.ts';
import { stateEvent } from '../packages/server/src/approvals/events.ts';
import { sealApproval } from '../packages/server/src/approvals/rows.ts';
import { findApproval, findAppOfApproval, updateApproval } from '../packages/server/src/store/approvals.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Answer, type Json } from './vault.ts';

let vault: Awaited<ReturnType<typeof startVault>>;
let upstream: Upstream;
let approver: Person;
let key: string;
let secretId: string;
let grantId: string;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  approver = await person(vault, 'approver');
  key = (await vault.key()).api_key;
  ({ secret_id: secretId, grant_id: grantId } = await vault.secret(upstream.host));
  await holdPolicy(vault, { secret_id: secretId }, { approvers: ['approver'] });
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

type Init = RequestInit & { alter?: Record<string, string> };

const call = (init: Init = {}, path = '/held', grant = grantId, by = key): Promise<Answer> =>
  vault.proxy(by, grant, upstream.origin + path, { method: 'POST', body: 'x', ...init });

async function hold(init: Init = {}, path = '/held', grant = grantId, by = key): Promise<string> {
  const answer = await call(init, path, grant, by);
  assert.equal(answer.status, 202, answer.text);
  return answer.json.approval.approval_id;
}

describe('whose call it is', () => {
  test('I11: an Idempotency-Key of a call under one grant finds none under another', async () => {
    const other = await vault.secret(upstream.host);
    await holdPolicy(vault, { secret_id: other.secret_id }, { approvers: ['approver'] });
    const headers = { 'Idempotency-Key': 'two-grants' };
    await hold({ headers });
    assert.equal(codeOf(await call({ headers }, '/held', other.grant_id)), 'conflict');
  });

  test('A3: a developer who names somebody else as owner of a key does not approve its calls', async () => {
    const developer = await person(vault, 'developer');
    const front = await person(vault, 'auditor');
    const made = await vault.api(
      'POST',
      '/v1/apps/default/keys',
      { name: 'front', owner_member_id: front.memberId },
      { token: developer.token },
    );
    assert.equal(made.status, 201, made.text);
    const secret = await vault.secret(upstream.host);
    await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: [developer.memberId, 'approver'] });
    const id = await hold({}, '/front', secret.grant_id, made.json.api_key);
    await stepUp(vault, developer.cookie);
    const own = await asSession(vault, developer.cookie, 'POST', `/v1/approvals/${id}/decision`, {
      decision: 'approve',
    });
    assert.equal(codeOf(own), 'insufficient_scope');
    assert.equal((await decide(vault, id, approver)).status, 200);
  });

  test('A16: an approver’s token that may not read approvals sees neither request nor result', async () => {
    await stepUp(vault, approver.cookie);
    const narrow = await asSession(vault, approver.cookie, 'POST', '/v1/tokens', {
      name: 'narrow',
      scopes: ['apps:read'],
      ttl_seconds: 3600,
    });
    assert.equal(narrow.status, 201, narrow.text);
    const id = await hold();
    for (const path of ['', '/request', '/result'])
      assert.equal(
        (await vault.api('GET', `/v1/approvals/${id}${path}`, undefined, { token: narrow.json.token }))
          .status,
        404,
        path,
      );
  });
});

describe('decisions that come too late', () => {
  test('A2: after a cancellation, a denial and an execution nothing more is decided', async () => {
    const cancelled = await hold();
    assert.equal(
      (await vault.api('POST', `/v1/approvals/${cancelled}/cancel`, undefined, { token: key })).status,
      200,
    );
    assert.equal(codeOf(await decide(vault, cancelled, approver)), 'conflict');
    const denied = await hold();
    await decide(vault, denied, approver, { decision: 'deny' });
    assert.equal(codeOf(await decide(vault, denied, await person(vault, 'approver'))), 'conflict');
    const done = await hold({}, '/done');
    await decide(vault, done, approver);
    assert.equal((await ended(vault, done, key)).status, 'executed');
    assert.equal(codeOf(await decide(vault, done, await person(vault, 'approver'))), 'conflict');
    assert.equal(
      codeOf(await vault.api('POST', `/v1/approvals/${done}/cancel`, undefined, { token: key })),
      'conflict',
    );
    assert.equal(upstream.requests.filter(({ url }) => url === '/done').length, 1);
  });

  test('A2: approval and cancellation at the same moment end in one of the two', async () => {
    for (let i = 0; i < 10; i += 1) {
      const path = `/race/${i}`;
      const id = await hold({}, path);
      const [approved, taken] = await Promise.all([
        decide(vault, id, approver),
        vault.api('POST', `/v1/approvals/${id}/cancel`, undefined, { token: key }),
      ]);
      const end = await ended(vault, id, key);
      const sent = upstream.requests.filter(({ url }) => url === path).length;
      assert.equal(
        sent,
        end.status === 'executed' ? 1 : 0,
        `${approved.status} ${taken.status} ${end.status}`,
      );
      assert.equal(end.status, taken.status === 200 ? 'cancelled' : 'executed');
    }
  });
});

describe('calls of unusual shape', () => {
  test('a GET and a HEAD without a body are held, and their results have the shape of their answers', async () => {
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const answer = await vault.proxy(key, grantId, `${upstream.origin}/bare`, { method });
      assert.equal(answer.status, 202, method);
      const id = answer.headers.get('alter-approval') ?? '';
      const shown = await vault.api('GET', `/v1/approvals/${id}/request`, undefined, {
        token: approver.token,
      });
      assert.equal(shown.json.request.body, null);
      await decide(vault, id, approver);
      assert.equal((await ended(vault, id, key)).status, 'executed');
      const result = await vault.api('GET', `/v1/approvals/${id}/result`, undefined, { token: key });
      assert.equal(result.status, 200, method);
    }
    assert.equal(upstream.requests.filter(({ url }) => url === '/bare').length, 3);
  });

  test('P6: an upstream that hangs ends the call when the time of the caller is over', async () => {
    upstream.behave(() => undefined);
    try {
      const id = await hold({ alter: { 'Alter-Timeout-Ms': '700' } }, '/hang');
      await decide(vault, id, approver);
      const end = await ended(vault, id, key);
      assert.deepEqual(
        [end.status, end.error.code, end.error.may_have_been_sent, end.has_result],
        ['failed', 'upstream_timeout', true, false],
      );
      assert.equal(
        codeOf(await vault.api('GET', `/v1/approvals/${id}/result`, undefined, { token: key })),
        'upstream_timeout',
      );
    } finally {
      upstream.behave((_request, response) => response.end('ok'));
    }
  });

  test('R1: a redirect is the result, and is not followed', async () => {
    upstream.behave((_request, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    try {
      const id = await hold({}, '/moved');
      await decide(vault, id, approver);
      assert.equal((await ended(vault, id, key)).status, 'executed');
      const result = await fetch(`${vault.url}/v1/approvals/${id}/result`, {
        headers: { Authorization: `Bearer ${key}` },
        redirect: 'manual',
      });
      assert.deepEqual([result.status, result.headers.get('location')], [302, '/elsewhere']);
      assert.equal(
        upstream.requests.some(({ url }) => url === '/elsewhere'),
        false,
      );
    } finally {
      upstream.behave((_request, response) => response.end('ok'));
    }
  });

  test('ids that are none, or of elsewhere, answer alike; a decision that is none is invalid_request', async () => {
    const id = await hold();
    for (const body of [{}, { decision: 'maybe' }, { decision: 'approve', quorum: 1 }, 'null', '[]'])
      assert.equal(
        codeOf(await decide(vault, id, approver, body as never)),
        'invalid_request',
        JSON.stringify(body),
      );
    const absent = await decide(vault, '01900000-0000-7000-8000-000000000000', approver);
    assert.equal(codeOf(absent), 'not_found');
    assert.equal((await state(vault, id, key)).json.status, 'pending');
  });

  test('I8: a stored value in the reason of a decision is redacted in state, log, notices and tables', async () => {
    const token = canary();
    const secret = await vault.secret(upstream.host, { token });
    await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
    const id = await hold({}, '/reason', secret.grant_id);
    await decide(vault, id, approver, { decision: 'deny', reason: `not with ${token}` });
    assert.doesNotMatch((await state(vault, id, key)).text, new RegExp(token));
    assert.doesNotMatch(JSON.stringify(await vault.audit({ approval_id: id })), new RegExp(token));
  });
});

describe('the order of checks', () => {
  test('A13: a call that is held counts once on its limits: not when it is found again, and not when it is sent', async () => {
    const secret = await vault.secret(upstream.host);
    await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
    const limit = (name: string, rule: Record<string, unknown>) =>
      vault.ok('POST', '/v1/apps/default/policies', {
        name: `${name}-${secret.secret_id}`,
        applies_to: { secret_id: secret.secret_id },
        rule,
      });
    await limit('two', { type: 'rate_limit', limit: 2, window_seconds: 3600, per: 'grant' });
    await limit('no-put', { type: 'request', methods: ['PUT'], effect: 'deny' });
    const headers = { 'Idempotency-Key': 'counted' };
    const first = await hold({ headers }, '/counted', secret.grant_id);
    assert.equal(await hold({ headers }, '/counted', secret.grant_id), first);
    await decide(vault, first, approver);
    assert.equal((await ended(vault, first, key)).status, 'executed');
    // What a policy denies is neither counted nor held.
    assert.equal(codeOf(await call({ method: 'PUT' }, '/counted', secret.grant_id)), 'policy_denied');
    await hold({}, '/counted', secret.grant_id);
    const over = await call({}, '/counted', secret.grant_id);
    assert.deepEqual([over.status, codeOf(over)], [429, 'rate_limited']);
    assert.equal(over.headers.get('alter-error'), 'rate_limited');
    const held = await vault.api('GET', '/v1/approvals?limit=200', undefined, { token: key });
    const mine = held.json.items.filter((one: { grant_id: string }) => one.grant_id === secret.grant_id);
    assert.equal(mine.length, 2);
    assert.equal(await hold({ headers }, '/counted', secret.grant_id), first, 'found again over the limit');
  });

  test('A1: a rotation and a narrowing between the decision and the sending end the call, with nothing sent', async () => {
    for (const change of ['rotate', 'narrow'] as const) {
      const secret = await vault.secret(upstream.host, undefined, {
        allowed_hosts: [upstream.host, '127.0.0.1:9'],
      });
      await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
      const id = await hold({}, `/${change}`, secret.grant_id);
      const path = `/v1/apps/default/secrets/${secret.secret_id}`;
      if (change === 'rotate')
        await vault.ok('PUT', `${path}/credential`, { credential: { token: canary() } });
      else await vault.ok('PATCH', path, { allowed_hosts: [upstream.host] });
      assert.equal((await decide(vault, id, approver)).status, 200);
      const end = await ended(vault, id, key);
      assert.deepEqual(
        [end.status, end.error.code, end.error.may_have_been_sent],
        ['failed', 'approval_stale', false],
      );
      assert.equal(
        upstream.requests.some(({ url }) => url === `/${change}`),
        false,
      );
    }
  });
});

describe('waiting', () => {
  test('F11: a wait is answered when the server stops, and the stop does not wait for it', async () => {
    const other = await startVault({
      join: { urls: vault.urls, dataDir: vault.dataDir, token: vault.token },
    });
    const id = await hold();
    const waiting = state(other, id, key, 50_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedAt = performance.now();
    await other.stop();
    const answer = await waiting;
    assert.deepEqual([answer.status, answer.json.status], [200, 'pending']);
    assert.ok(performance.now() - startedAt < 10_000);
  });

  test('I9, A14: a member who loses the role while waiting learns nothing more', async () => {
    const leaving = await person(vault, 'approver');
    const id = await hold();
    const waiting = state(vault, id, leaving.token, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await vault.api('DELETE', `/v1/members/${leaving.memberId}`);
    await decide(vault, id, approver);
    assert.notEqual((await waiting).status, 200);
  });
});

test('W1, A3: the link of a notice opens the portal, which decides nothing and tells nobody of the call', async () => {
  const id = await hold();
  const { approval_url: url } = (await state(vault, id, key)).json;
  const page = await fetch(url, { headers: { Accept: 'text/html' } });
  const text = await page.text();
  assert.equal(page.status, 200, text);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.equal(text.includes(upstream.host), false);
  // W1: whoever fetches it ahead decides nothing.
  assert.equal((await state(vault, id, key)).json.status, 'pending');
  // It tells nobody which approvals there are.
  const absent = url.replace(id, '01900000-0000-7000-8000-000000000000');
  assert.equal((await fetch(absent, { headers: { Accept: 'text/html' } })).status, 200);
});

test('I8, A4: a notice names the call and its page, and holds neither path, query, body nor credential', async (t) => {
  const receiver = await startUpstream();
  t.after(() => receiver.stop());
  const made = await vault.ok('POST', '/v1/apps/default/channels', {
    name: 'hostile',
    type: 'webhook',
    url: `${receiver.origin}/notices`,
  });
  t.after(() => vault.ok('DELETE', `/v1/apps/default/channels/${made.channel_id}`));
  const [token, body, part] = [canary(), canary(), canary()];
  const secret = await vault.secret(upstream.host, { token });
  await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
  const id = await hold(
    { body, headers: { 'X-Private': part }, alter: { 'Alter-Reason': `because ${token}` } },
    `/${part}?q=${part}`,
    secret.grant_id,
  );
  await decide(vault, id, approver);
  assert.equal((await ended(vault, id, key)).status, 'executed');
  // Calls of the tests before may still be ending, and the channel hears of them too.
  const notices = (): Json[] =>
    receiver.requests
      .map((one) => JSON.parse(one.body.toString()))
      .filter(({ data }) => data.approval_id === id);
  const kinds = (): string[] => notices().map(({ type }) => type);
  for (let i = 0; i < 100 && kinds().length < 3; i += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(kinds().toSorted(), ['approval.decided', 'approval.executed', 'approval.requested']);
  const all = receiver.requests.map((one) => one.body.toString()).join('');
  for (const hidden of [token, body, part]) assert.equal(all.includes(hidden), false);
  for (const { data } of notices()) assert.equal(data.approval_url, `${vault.url}/approvals/${id}`);
  for (const hidden of [token, body]) assert.equal(vault.log().includes(hidden), false);
});

test('A2, I4: a claim whose commit nobody was told of is not sent, and its call has an outcome in the log', async () => {
  const { db, audit, macKey } = vault.server.api;
  const id = await hold({}, '/in-doubt');
  const [org] = await db.query<{ org_id: string }>('test_org', 'SELECT org_id FROM apps LIMIT 1', []);
  const appId = (await findAppOfApproval(db, org?.org_id ?? '', id)) ?? assert.fail();
  const row = (await findApproval(db, appId, id)) ?? assert.fail();
  // As the transaction of a claim leaves it, with the answer to its COMMIT lost.
  await db.transaction(async (tx) => {
    await audit.appendInTransaction(tx, [
      stateEvent(row, 'call.authorized', new Date(), { decision: 'allow' }),
    ]);
    const claimed = { ...row, status: 'executing' as const, executor: audit.writerId };
    await updateApproval(tx, sealApproval(macKey(), claimed));
  });
  const end = await ended(vault, id, key);
  assert.deepEqual([end.status, end.error.may_have_been_sent], ['failed', false]);
  let kinds: string[] = [];
  for (let i = 0; i < 50 && !kinds.includes('call.completed'); i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    kinds = (await vault.audit({ approval_id: id })).map(({ kind }) => kind);
  }
  assert.deepEqual([...kinds].toSorted(), [
    'approval.failed',
    'call.authorized',
    'call.completed',
    'call.held',
  ]);
  assert.equal(
    upstream.requests.some(({ url }) => url === '/in-doubt'),
    false,
  );
  assert.ok(Date.now() - audit.lowWater().getTime() < 1_000);
});

test('a result whose time is over is gone at once, and whoever left does not show among those who approved', async () => {
  const { db, macKey } = vault.server.api;
  const rowOf = async (id: string) => {
    const [app] = await db.query<{ app_id: string }>(
      'test_app_of',
      'SELECT app_id FROM approvals WHERE approval_id = $1',
      [id],
    );
    return (await findApproval(db, app?.app_id ?? '', id)) ?? assert.fail();
  };
  const leaving = await person(vault, 'approver');
  const id = await hold();
  await decide(vault, id, leaving);
  assert.equal((await ended(vault, id, key)).status, 'executed');
  const approvedBy = async (): Promise<string[]> => {
    const { items } = await vault.ok('GET', '/v1/apps/default/approvals?limit=200');
    return items.find((one: { approval_id: string }) => one.approval_id === id).terms[0].approved_by;
  };
  assert.deepEqual(await approvedBy(), [leaving.memberId]);
  await vault.api('DELETE', `/v1/members/${leaving.memberId}`);
  assert.deepEqual(await approvedBy(), []);
  const result = () => vault.api('GET', `/v1/approvals/${id}/result`, undefined, { token: key });
  assert.equal((await result()).status, 200);
  const row = { ...(await rowOf(id)), shred_at: new Date(Date.now() - 5_000) };
  await db.transaction((tx) => updateApproval(tx, sealApproval(macKey(), row)));
  assert.equal(codeOf(await result()), 'not_found');
  assert.equal((await state(vault, id, key)).json.has_result, false);
});
