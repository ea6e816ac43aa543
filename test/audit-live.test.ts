/** Following the log live: told within moments, through the filters of a search, from where one left off, and only for as long as one may look. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { schemas } from '@alter-vault/contract';
import { readEvents, type EventReader } from './event-stream.ts';
import { until } from './keyring-rig.ts';
import { asSession, newMember, stepUp } from './sessions.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;
let key: string;
let secret: { secret_id: string; grant_id: string };
let other: { secret_id: string; grant_id: string };

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  key = (await vault.key()).api_key;
  secret = await vault.secret(upstream.host);
  other = await vault.secret(upstream.host);
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

const STREAM = '/v1/apps/default/audit/stream';

const open = (
  query = '',
  headers: Record<string, string> = { Authorization: `Bearer ${vault.token}` },
): Promise<EventReader> => readEvents(vault.url + STREAM + query, headers);

/** Open, and past its first event: what happens from now on is told. */
async function follow(query = '', headers?: Record<string, string>): Promise<EventReader> {
  const stream = await open(query, headers);
  assert.equal((await stream.next()).event, 'ready');
  return stream;
}

const call = (grantId: string, path: string): Promise<unknown> =>
  vault.proxy(key, grantId, upstream.origin + path);

test('what happens is told within moments, whole, as a search shows it', async () => {
  const stream = await follow(`?grant_id=${secret.grant_id}&method=GET`);
  assert.equal(stream.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(stream.headers.get('cache-control'), 'no-store');
  await call(secret.grant_id, '/told?page=1');
  const told = [await stream.next(), await stream.next()];
  assert.deepEqual(
    told.map(({ event, data }) => [event, data.kind]),
    [
      ['audit', 'call.authorized'],
      ['audit', 'call.completed'],
    ],
  );
  const found = await vault.audit({ q: '/told' });
  for (const { id, data } of told) {
    schemas.auditEvent.strict().parse(data);
    assert.equal(id, String(data.leaf_index));
    assert.deepEqual(
      data,
      found.find((one) => one.event_id === data.event_id),
    );
  }
  stream.close();
});

test('a stream tells what its filters fit and nothing else, and nothing of another app', async () => {
  await vault.ok('POST', '/v1/apps', { name: 'elsewhere' });
  const stream = await follow(`?secret_id=${secret.secret_id}&kind=call.authorized&context.thread=t-1`);
  await call(secret.grant_id, '/without-context');
  await call(other.grant_id, '/of-another-secret');
  await vault.ok('POST', '/v1/apps/elsewhere/agents', { name: 'a' });
  await vault.proxy(key, secret.grant_id, `${upstream.origin}/fits`, {
    alter: { 'Alter-Context': '{"thread":"t-1"}' },
  });
  const { data } = await stream.next();
  assert.equal(data.url, `${upstream.origin}/fits`);
  stream.close();
});

test('whoever comes back is told what was missed; whoever was away too long is told that there is a gap', async () => {
  const stream = await open('?kind=agent.created');
  const { id } = await stream.next();
  stream.close();
  await vault.ok('POST', '/v1/apps/default/agents', { name: 'missed' });
  const again = await open('?kind=agent.created', {
    Authorization: `Bearer ${vault.token}`,
    'Last-Event-ID': id ?? '',
  });
  const missed = await again.next();
  assert.deepEqual([missed.event, missed.data.kind], ['audit', 'agent.created']);
  again.close();
  const beyond = await open('', {
    Authorization: `Bearer ${vault.token}`,
    'Last-Event-ID': '999999999999',
  });
  assert.equal((await beyond.next()).event, 'gap');
  beyond.close();
  const odd = await open('', { Authorization: `Bearer ${vault.token}`, 'Last-Event-ID': 'x; DROP TABLE' });
  assert.equal((await odd.next()).event, 'ready', 'what is no place in the log begins at its end');
  odd.close();
});

const OURS = { 'Sec-Fetch-Site': 'same-origin' };
const SEEN_WITHIN_MS = 5_000;

test('I12: a session that is ended, and a role that may no longer look, end their streams within 5 s', async () => {
  const { cookie, memberId } = await newMember(vault, 'auditor');
  const ofEnded = await follow('', { Cookie: cookie, ...OURS });
  const second = await newMember(vault, 'auditor');
  const ofDemoted = await follow('', { Cookie: second.cookie, ...OURS });
  const staying = await newMember(vault, 'auditor');
  const ofStaying = await follow('?kind=agent.updated', { Cookie: staying.cookie, ...OURS });
  await asSession(vault, cookie, 'DELETE', '/v1/session');
  await vault.ok('PATCH', `/v1/members/${second.memberId}`, { role: 'approver' });
  assert.ok((await ofEnded.ended()) < SEEN_WITHIN_MS);
  assert.ok((await ofDemoted.ended()) < SEEN_WITHIN_MS);
  assert.ok(memberId !== second.memberId);
  const { agent_id } = await vault.ok('POST', '/v1/apps/default/agents', { name: 'still' });
  await vault.ok('PATCH', `/v1/apps/default/agents/${agent_id}`, { display_name: 'Still' });
  assert.equal((await ofStaying.next()).data.kind, 'agent.updated');
  ofStaying.close();
});

test('I12: a token that is revoked ends its stream within 5 s', async () => {
  const { token, token_id } = await vault.ok('POST', '/v1/tokens', { name: 'live', scopes: ['audit:read'] });
  const stream = await follow('', { Authorization: `Bearer ${token}` });
  await vault.ok('DELETE', `/v1/tokens/${token_id}`);
  assert.ok((await stream.ended()) < SEEN_WITHIN_MS);
});

test('W4: looking on is no use of a session: it runs out all the same', async () => {
  const { cookie } = await newMember(vault, 'auditor');
  await stepUp(vault, cookie);
  const [session] = (await asSession(vault, cookie, 'GET', '/v1/sessions')).json.items;
  const stream = await follow('', { Cookie: cookie, ...OURS });
  const { db } = vault.server.api;
  await db.query(
    'test_idle',
    `UPDATE sessions SET last_seen_at = now() - interval '3 hours' WHERE session_id = $1`,
    [session.session_id],
  );
  assert.ok((await stream.ended()) < SEEN_WITHIN_MS);
});

test('so many streams of one session and no more; one that is closed makes room', async () => {
  const { cookie } = await newMember(vault, 'auditor');
  const headers = { Cookie: cookie, ...OURS };
  const streams = [];
  for (let i = 0; i < 4; i += 1) streams.push(await follow('', headers));
  const refused = await open('', headers);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('alter-error'), 'rate_limited');
  assert.equal(refused.headers.get('retry-after'), '60');
  streams[0]?.close();
  for (let tries = 0; ; tries += 1) {
    const next = await open('', headers);
    next.close();
    if (next.status === 200) break;
    assert.ok(tries < 40, 'a place is free again');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const stream of streams) stream.close();
});

test('wrong input is refused before anything is streamed, and the headers alone cost no place', async () => {
  const refused = async (query: string): Promise<string> =>
    (await vault.api('GET', STREAM + query)).json.error.code;
  assert.equal(await refused('?surprise=1'), 'invalid_request');
  assert.equal(await refused('?secret_id=x'), 'invalid_request');
  assert.equal(await refused('?context.a=%00'), 'invalid_request');
  assert.equal((await vault.api('GET', '/v1/apps/nowhere/audit/stream')).status, 404);
  for (let i = 0; i < 6; i += 1) {
    const { status, headers } = await fetch(vault.url + STREAM, {
      method: 'HEAD',
      headers: { Authorization: `Bearer ${vault.token}` },
    });
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/event-stream; charset=utf-8']);
  }
});

test('one event is read with its hashed bytes and the others of its request', async () => {
  await call(secret.grant_id, '/one-event?page=2');
  // Written behind the answer.
  await until(async () => (await vault.audit({ q: '/one-event', kind: 'call.completed' })).length === 1);
  const [authorized] = await vault.audit({ q: '/one-event', kind: 'call.authorized' });
  const read: Json = await vault.ok('GET', `/v1/apps/default/audit/events/${authorized.event_id}`);
  assert.equal(read.event.event_id, authorized.event_id);
  assert.deepEqual(
    read.related.map((one: Json) => one.kind),
    ['call.completed'],
  );
  const hashed = JSON.parse(Buffer.from(read.canonical, 'base64').toString());
  assert.deepEqual([hashed.event_id, hashed.app_id], [authorized.event_id, read.app_id]);
  assert.ok(read.salts.query !== null && read.salts.reason !== null);
});

test('a vault that stops ends its streams at once', async () => {
  const second = await startVault();
  const stream = await readEvents(second.url + STREAM, { Authorization: `Bearer ${second.token}` });
  await stream.next();
  const start = performance.now();
  await Promise.all([second.stop(), stream.ended()]);
  assert.ok(performance.now() - start < SEEN_WITHIN_MS);
});
