/** API keys over their life on the whole system: restrictions, changes, rotation, and what lies unused. */
import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Answer, type Json, type TestVault } from './vault.ts';

const DAY_MS = 24 * 3600 * 1000;
const KEYS = '/v1/apps/default/keys';

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

const call = (key: string, grantId: string): Promise<Answer> =>
  vault.proxy(key, grantId, `${upstream.origin}/`);
const code = (answer: Answer): string => answer.json?.error?.code ?? String(answer.status);

/** Runs with the vault's clock, which is the database's, moved by so many milliseconds. */
async function later<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const { clock } = vault.server.api;
  const now = clock.now.bind(clock);
  const moved = mock.method(clock, 'now', () => now() + ms);
  try {
    return await work();
  } finally {
    moved.mock.restore();
  }
}

async function listed(path: string): Promise<Json[]> {
  return (await vault.ok('GET', path)).items;
}

test('every restriction of a key shows in the list and is kept to', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const expires_at = new Date(Date.now() + 3600_000).toISOString();
  const made = await vault.key({ ip_allowlist: ['203.0.113.0/24'], requests_per_minute: 3, expires_at });
  const [shown] = (await listed(`${KEYS}?limit=200`)).filter((key) => key.key_id === made.key_id);
  assert.deepEqual(
    [shown.ip_allowlist, shown.requests_per_minute, shown.expires_at, shown.rotated_from, shown.replaced_by],
    [['203.0.113.0/24'], 3, expires_at, null, null],
  );
  assert.equal(code(await call(made.api_key, grant_id)), 'unauthenticated');

  const path = `${KEYS}/${made.key_id}`;
  const opened = await vault.ok('PATCH', path, { ip_allowlist: ['127.0.0.0/8', '203.0.113.0/24'] });
  assert.deepEqual(opened.ip_allowlist, ['127.0.0.0/8', '203.0.113.0/24']);
  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push(code(await call(made.api_key, grant_id)));
  assert.deepEqual(answers, ['200', '200', '200', 'rate_limited']);
  await later(3600_000, async () =>
    assert.equal(code(await call(made.api_key, grant_id)), 'unauthenticated', 'at expires_at it is over'),
  );
});

test('I12: a key that is narrowed is narrow from the answer on', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const key = await vault.key({ allow_release: true });
  const release = () => vault.release(key.api_key, { grant_id, method: 'GET', url: `${upstream.origin}/` });
  assert.equal((await release()).status, 200);
  await vault.ok('PATCH', `${KEYS}/${key.key_id}`, { allow_release: false });
  assert.equal(code(await release()), 'proxy_required');
  await vault.ok('PATCH', `${KEYS}/${key.key_id}`, { ip_allowlist: ['198.51.100.7'] });
  assert.equal(code(await call(key.api_key, grant_id)), 'unauthenticated');
});

test('the log tells narrowing from widening, and a change of nothing leaves no event', async () => {
  const key = await vault.key({ ip_allowlist: ['10.0.0.0/8'], requests_per_minute: 10, allow_release: true });
  const path = `${KEYS}/${key.key_id}`;
  await vault.ok('PATCH', path, {
    ip_allowlist: ['10.1.0.0/16'],
    requests_per_minute: null,
    name: 'renamed',
  });
  await vault.ok('PATCH', path, { ip_allowlist: ['192.0.2.0/24'], allow_release: false });
  await vault.ok('PATCH', path, { ip_allowlist: null });
  await vault.ok('PATCH', path, { ip_allowlist: null, name: 'renamed' });
  await vault.ok('PATCH', path, {});
  const events = (await vault.audit({ kind: 'key.updated', key_id: key.key_id })).reverse();
  assert.deepEqual(
    events.map(({ context }) => [context.narrowed ?? [], context.widened ?? [], context.name_before ?? null]),
    [
      [['ip_allowlist'], ['requests_per_minute'], 'test'],
      [['ip_allowlist', 'allow_release'], ['ip_allowlist'], null],
      [[], ['ip_allowlist'], null],
    ],
  );
  assert.ok(events.every((event) => typeof event.epoch === 'number'));
});

test('a key can be changed neither to what it could not be made as nor once it is revoked', async () => {
  const key = await vault.key();
  const path = `${KEYS}/${key.key_id}`;
  for (const body of [
    { ip_allowlist: ['10.0.0.1/8'] },
    { ip_allowlist: [] },
    { expires_at: '2001-01-01T00:00:00Z' },
    { requests_per_minute: 0 },
    { agent_id: key.key_id },
    { owner_member_id: null },
  ]) {
    assert.equal(code(await vault.api('PATCH', path, body)), 'invalid_request', JSON.stringify(body));
  }
  assert.equal(code(await vault.api('PATCH', `${KEYS}/${crypto.randomUUID()}`, {})), 'not_found');
  await vault.api('DELETE', path);
  assert.equal(code(await vault.api('PATCH', path, { name: 'x' })), 'conflict');
  assert.equal(code(await vault.api('POST', `${path}/rotate`, {})), 'conflict');
});

test('a rotation: both keys work for the grace period, then the new one alone', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const old = await vault.key({ name: 'billing', requests_per_minute: 100, ip_allowlist: ['127.0.0.0/8'] });
  const made = await vault.ok('POST', `${KEYS}/${old.key_id}/rotate`, { grace_seconds: 600 });
  assert.match(made.api_key, /^alter_key_app_/);
  assert.notEqual(made.key_id, old.key_id);
  assert.deepEqual(
    [made.name, made.kind, made.requests_per_minute, made.ip_allowlist, made.expires_at, made.rotated_from],
    ['billing', 'app', 100, ['127.0.0.0/8'], null, old.key_id],
  );
  const [before] = (await listed(`${KEYS}?limit=200`)).filter((key) => key.key_id === old.key_id);
  assert.equal(before.replaced_by, made.key_id);
  const left = Date.parse(before.expires_at) - Date.now();
  assert.ok(left > 590_000 && left < 610_000, `${left} ms left`);
  assert.equal((await call(old.api_key, grant_id)).status, 200);
  assert.equal((await call(made.api_key, grant_id)).status, 200);
  await later(601_000, async () => {
    assert.equal(code(await call(old.api_key, grant_id)), 'unauthenticated');
    assert.equal((await call(made.api_key, grant_id)).status, 200);
  });
  const [event] = await vault.audit({ kind: 'key.rotated', key_id: old.key_id });
  assert.equal(event.context.replaced_by, made.key_id);
  assert.equal((await vault.audit({ kind: 'key.created', key_id: made.key_id })).length, 1);
});

test('a grace period never outlives the key, and nobody can lengthen it', async () => {
  const soon = new Date(Date.now() + 60_000);
  const old = await vault.key({ expires_at: soon.toISOString() });
  const made = await vault.ok('POST', `${KEYS}/${old.key_id}/rotate`);
  const keys = await listed(`${KEYS}?limit=200`);
  assert.equal(keys.find((key) => key.key_id === old.key_id).expires_at, soon.toISOString());
  const life = Date.parse(made.expires_at) - Date.now();
  assert.ok(life > 50_000 && life < 70_000, 'the new key lives as long as the old one was made to');
  const widen = { expires_at: new Date(Date.now() + DAY_MS).toISOString() };
  assert.equal(code(await vault.api('PATCH', `${KEYS}/${old.key_id}`, widen)), 'invalid_request');
  assert.equal(
    code(await vault.api('PATCH', `${KEYS}/${old.key_id}`, { expires_at: null })),
    'invalid_request',
  );
  for (const grace_seconds of [-1, 7 * 86_400 + 1, 1.5])
    assert.equal(
      code(await vault.api('POST', `${KEYS}/${made.key_id}/rotate`, { grace_seconds })),
      'invalid_request',
    );
});

test('without grace the old key ends at once, and a key is replaced once', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const old = await vault.key();
  const made = await vault.ok('POST', `${KEYS}/${old.key_id}/rotate`, { grace_seconds: 0 });
  assert.equal(code(await call(old.api_key, grant_id)), 'unauthenticated');
  assert.equal((await call(made.api_key, grant_id)).status, 200);
  assert.equal(code(await vault.api('POST', `${KEYS}/${old.key_id}/rotate`, {})), 'conflict');
});

test('a replacement whose text was lost is revoked, and another is made', async () => {
  const old = await vault.key();
  const lost = await vault.ok('POST', `${KEYS}/${old.key_id}/rotate`, { grace_seconds: 600 });
  assert.equal(code(await vault.api('POST', `${KEYS}/${old.key_id}/rotate`, {})), 'conflict');
  await vault.api('DELETE', `${KEYS}/${lost.key_id}`);
  const made = await vault.ok('POST', `${KEYS}/${old.key_id}/rotate`, { grace_seconds: 3600 });
  const keys = await listed(`${KEYS}?limit=200`);
  const before = keys.find((key) => key.key_id === old.key_id);
  assert.equal(before.replaced_by, made.key_id);
  assert.ok(Date.parse(before.expires_at) - Date.now() < 601_000, 'the first grace period stands');
  assert.equal(made.expires_at, null);
});

test('a repeated rotation with its Idempotency-Key makes no second key and shows none', async () => {
  const old = await vault.key();
  const headers = { 'Idempotency-Key': canary() };
  const rotate = () => vault.api('POST', `${KEYS}/${old.key_id}/rotate`, { grace_seconds: 60 }, { headers });
  const [first, again] = [await rotate(), await rotate()];
  assert.deepEqual([first.status, again.status], [201, 201]);
  assert.equal(typeof first.json.api_key, 'string');
  assert.equal(again.json.api_key, undefined);
  assert.equal(again.json.key_id, first.json.key_id);
});

test('an agent key stays the key of its agent when it is rotated', async () => {
  const { agent_id } = await vault.ok('POST', '/v1/apps/default/agents', { name: `a-${Date.now()}` });
  const old = await vault.key({ agent_id });
  const made = await vault.ok('POST', `${KEYS}/${old.key_id}/rotate`);
  assert.match(made.api_key, /^alter_key_agent_/);
  assert.deepEqual([made.kind, made.agent_id, made.allow_release], ['agent', agent_id, false]);
});

test('A13: two keys of one rotation share one limit', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const old = await vault.key({ requests_per_minute: 3 });
  const made = await vault.ok('POST', `${KEYS}/${old.key_id}/rotate`, { grace_seconds: 600 });
  const newest = await vault.ok('POST', `${KEYS}/${made.key_id}/rotate`, { grace_seconds: 600 });
  const answers = [];
  for (const key of [old, made, newest, old, made, newest])
    answers.push(code(await call(key.api_key, grant_id)));
  assert.deepEqual(answers, ['200', '200', '200', 'rate_limited', 'rate_limited', 'rate_limited']);
});

test('keys, secrets and grants that were not used for so long are listed', async () => {
  const lists = async () => ({
    keys: (await listed(`${KEYS}?unused_days=90&limit=200`)).map((key) => key.key_id),
    secrets: (await listed('/v1/apps/default/secrets?unused_days=90&limit=200')).map((one) => one.secret_id),
    grants: (await listed('/v1/apps/default/grants?unused_days=90&limit=200')).map((one) => one.grant_id),
  });
  assert.deepEqual(await lists(), { keys: [], secrets: [], grants: [] }, 'nothing is 90 days old');
  const old = await later(-91 * DAY_MS, async () => ({
    used: await vault.secret(upstream.host),
    unused: await vault.secret(upstream.host),
    usedKey: await vault.key(),
    idle: await vault.key(),
    gone: await vault.key(),
  }));
  const young = await later(-89 * DAY_MS, () => vault.key());
  await vault.api('DELETE', `${KEYS}/${old.gone.key_id}`);
  assert.equal((await call(old.usedKey.api_key, old.used.grant_id)).status, 200);
  // Uses are written in batches, every other second.
  for (let i = 0; i < 50 && (await lists()).keys.includes(old.usedKey.key_id); i += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(await lists(), {
    keys: [old.idle.key_id],
    secrets: [old.unused.secret_id],
    grants: [old.unused.grant_id],
  });
  assert.ok(!(await lists()).keys.includes(young.key_id));
});

test('secrets to be rotated soon are listed, with those that should have been', async () => {
  const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
  const soon = await vault.secret(upstream.host, undefined, { rotate_by: inDays(10) });
  const late = await vault.secret(upstream.host, undefined, { rotate_by: inDays(-3) });
  const far = await vault.secret(upstream.host, undefined, { rotate_by: inDays(30) });
  const never = await vault.secret(upstream.host);
  const due = async (days: number) =>
    (await listed(`/v1/apps/default/secrets?rotate_due_within_days=${days}&limit=200`)).map(
      (one) => one.secret_id,
    );
  const fortnight = await due(14);
  assert.ok(fortnight.includes(soon.secret_id) && fortnight.includes(late.secret_id));
  assert.ok(!fortnight.includes(far.secret_id) && !fortnight.includes(never.secret_id));
  assert.deepEqual((await due(0)).includes(soon.secret_id), false);
  assert.equal(
    code(await vault.api('GET', '/v1/apps/default/secrets?rotate_due_within_days=-1')),
    'invalid_request',
  );
});

test('lesson 3, I5: the caller’s own key goes no further in any header, in Basic form neither', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const { api_key } = await vault.key();
  const basic = (text: string): string => Buffer.from(text).toString('base64');
  const sentBefore = upstream.requests.length;
  const answer = await vault.proxy(api_key, grant_id, `${upstream.origin}/`, {
    headers: {
      'X-Plain': api_key,
      'X-Within': `token=${api_key};`,
      'X-User': `Basic ${basic(`${api_key}:`)}`,
      'X-Password': `basic ${basic(`any:${api_key}`)}`,
      'X-Basic-Url': `BASIC ${Buffer.from(`${api_key}:x`).toString('base64url')}`,
      'X-Other': `Basic ${basic('somebody:else')}`,
      'X-Note': 'Basic English',
    },
  });
  assert.equal(answer.status, 200, answer.text);
  const sent = upstream.requests[sentBefore]?.headers ?? {};
  for (const name of ['x-plain', 'x-within', 'x-user', 'x-password', 'x-basic-url'])
    assert.equal(sent[name], undefined, name);
  assert.equal(sent['x-other'], `Basic ${basic('somebody:else')}`);
  assert.equal(sent['x-note'], 'Basic English');
});

test('R2: request mode names the headers that the client must drop, as the client spelled them', async () => {
  const { api_key } = await vault.key({ allow_release: true });
  const { grant_id } = await vault.secret(upstream.host, undefined, {
    injection: [{ in: 'header', name: 'X-Custom-Auth', format: 'Token {token}' }],
  });
  const release = async (headers?: Record<string, string>) =>
    (await vault.release(api_key, { grant_id, method: 'GET', url: `${upstream.origin}/`, headers })).json
      .inject;
  const inject = await release({
    Accept: 'text/plain',
    x_custom_auth: 'mine',
    AUTHORIZATION: 'Bearer mine',
    'Api-Key': 'mine',
    'X-Trace': `of ${api_key}`,
    'X-Trace-2': `Basic ${Buffer.from(`${api_key}:`).toString('base64')}`,
    Connection: 'keep-alive',
  });
  assert.deepEqual(inject.remove_headers, [
    'x_custom_auth',
    'AUTHORIZATION',
    'Api-Key',
    'X-Trace',
    'X-Trace-2',
  ]);
  assert.equal((await release({ Accept: 'text/plain' })).remove_headers, undefined);
  assert.equal((await release()).remove_headers, undefined);
});

test('I11: what a rotated key asked for stays the new key’s, and is executed though the old one ended', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  await vault.ok('POST', '/v1/apps/default/policies', {
    name: `hold-${Date.now()}`,
    applies_to: { grant_id },
    rule: { type: 'require_approval', approvers: ['owner'] },
  });
  const [old, stranger] = [await vault.key(), await vault.key()];
  const held = await call(old.api_key, grant_id);
  assert.equal(held.status, 202, held.text);
  const { approval_id } = held.json.approval;
  const made = await vault.ok('POST', `${KEYS}/${old.key_id}/rotate`, { grace_seconds: 0 });
  const state = (token: string, wait = 0) =>
    vault.api('GET', `/v1/approvals/${approval_id}?wait_ms=${wait}`, undefined, { token });
  assert.equal(code(await state(old.api_key)), 'unauthenticated');
  assert.equal(code(await state(stranger.api_key)), 'not_found');
  assert.equal((await state(made.api_key)).json.status, 'pending');
  const before = upstream.requests.length;
  await vault.ok('POST', `/v1/approvals/${approval_id}/decision`, { decision: 'approve' });
  assert.equal((await state(made.api_key, 10_000)).json.status, 'executed');
  assert.equal(upstream.requests.length, before + 1);
});
