/** The overlap of a rotation on the whole system: the version before is tried once behind a 401, and never otherwise. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, mock, test } from 'node:test';
import pg from 'pg';
import { endOverlapsOver } from '../packages/server/src/api/overlap.ts';
import { bindingOf } from '../packages/server/src/access/binding.ts';
import {
  selectRewrapWork,
  shredReplacedVersions,
  updateWrapsIfUnchanged,
} from '../packages/server/src/store/secret-versions.ts';
import { rewrapCredential } from '../packages/server/src/vault/seal.ts';
import { startUpstream, type Behaviour, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Answer, type Json, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;
let key: string;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  key = (await vault.key({ allow_release: true })).api_key;
});
beforeEach(() => upstream.requests.splice(0));
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

interface Rotated {
  readonly secret_id: string;
  readonly grant_id: string;
  readonly path: string;
  readonly old: string;
  readonly current: string;
}

async function rotated(overlap_seconds: number): Promise<Rotated> {
  const [old, current] = [canary(), canary()];
  const { secret_id, grant_id } = await vault.secret(upstream.host, { token: old });
  const path = `/v1/apps/default/secrets/${secret_id}`;
  const answer = await vault.ok('PUT', `${path}/credential`, {
    credential: { token: current },
    overlap_seconds,
  });
  assert.equal(answer.version, 2);
  assert.equal(answer.overlap_until === undefined, overlap_seconds === 0);
  return { secret_id, grant_id, path, old, current };
}

/** An upstream that knows only these tokens. */
const knows =
  (...tokens: readonly string[]): Behaviour =>
  (request, response, body) => {
    const isKnown = tokens.some((token) => request.headers.authorization === `Bearer ${token}`);
    response.statusCode = isKnown ? 200 : 401;
    response.end(isKnown ? `got ${body.toString()}` : 'who are you?');
  };

const call = (grantId: string, init: RequestInit = {}): Promise<Answer> =>
  vault.proxy(key, grantId, `${upstream.origin}/v1/x`, init);
const sent = (): (string | undefined)[] =>
  upstream.requests.map((request) => String(request.headers['authorization']).slice('Bearer '.length));

async function outcome(grant_id: string): Promise<Json> {
  for (let i = 0; i < 100; i += 1) {
    const [event] = await vault.audit({ grant_id, kind: 'call.completed' });
    if (event !== undefined) return event;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('no outcome was written');
}

async function sql<R>(text: string, values: readonly unknown[]): Promise<R[]> {
  const client = new pg.Client({ connectionString: vault.urls.ownerUrl });
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows as R[]; // edge: a test reads what it selected
  } finally {
    await client.end();
  }
}

async function versionsOf(secretId: string): Promise<number[]> {
  const rows = await sql<{ version: number }>(
    'SELECT version FROM secret_versions WHERE secret_id = $1 ORDER BY version',
    [secretId],
  );
  return rows.map((row) => row.version);
}

test('an upstream that does not know the new version gets the one before, once, and the log says so', async () => {
  const { grant_id, old, current } = await rotated(600);
  upstream.behave(knows(old));
  const answer = await call(grant_id, { method: 'POST', body: 'pay 5' });
  assert.deepEqual([answer.status, answer.text], [200, 'got pay 5']);
  assert.deepEqual(sent(), [current, old]);
  assert.deepEqual(
    upstream.requests.map(({ body }) => body.toString()),
    ['pay 5', 'pay 5'],
  );
  const event = await outcome(grant_id);
  assert.deepEqual(event.flags, ['upstream_401_current', 'previous_version_used']);
  assert.deepEqual([event.status_code, event.bytes_in], [200, 5]);
  assert.equal(
    (await vault.audit({ grant_id, kind: 'call.authorized' })).length,
    1,
    'I4: one event for both',
  );
});

test('an upstream that knows the new version is asked once', async () => {
  const { grant_id, current, old } = await rotated(600);
  upstream.behave(knows(current, old));
  assert.equal((await call(grant_id)).status, 200);
  assert.deepEqual(sent(), [current]);
  assert.deepEqual((await outcome(grant_id)).flags, []);
});

test('an upstream that knows neither is asked twice and no more, and its 401 is handed back', async () => {
  const { grant_id, current, old } = await rotated(600);
  upstream.behave(knows());
  const answer = await call(grant_id);
  assert.deepEqual([answer.status, answer.text], [401, 'who are you?']);
  assert.deepEqual(sent(), [current, old]);
});

test('only a 401 is tried again', async () => {
  const { grant_id, current } = await rotated(600);
  for (const status of [400, 402, 403, 500]) {
    upstream.behave((_request, response) => response.writeHead(status).end());
    assert.equal((await call(grant_id)).status, status);
  }
  assert.deepEqual(new Set(sent()), new Set([current]));
  assert.equal(upstream.requests.length, 4);
});

test('without overlap a 401 is a 401', async () => {
  const { grant_id, current, old } = await rotated(0);
  upstream.behave(knows(old));
  assert.equal((await call(grant_id)).status, 401);
  assert.deepEqual(sent(), [current]);
});

test('P6: a body that was streamed is never sent twice', async () => {
  const { grant_id, old, current } = await rotated(600);
  upstream.behave(knows(old));
  const large = await call(grant_id, { method: 'POST', body: Buffer.alloc(100_000, 'x') });
  assert.equal(large.status, 401);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('small, but of unknown length'));
      controller.close();
    },
  });
  const chunked = await call(grant_id, { method: 'POST', body: stream, duplex: 'half' });
  assert.equal(chunked.status, 401);
  assert.deepEqual(sent(), [current, current]);
});

test('P1: both versions are redacted from the answer to the second try', async () => {
  const { grant_id, old, current } = await rotated(600);
  upstream.behave((request, response) => {
    const isOld = request.headers.authorization === `Bearer ${old}`;
    response.writeHead(isOld ? 200 : 401, { 'X-Keys': `${old},${current}` });
    response.end(`old=${old} current=${current}`);
  });
  const answer = await call(grant_id);
  assert.equal(answer.text, 'old=[redacted] current=[redacted]');
  assert.equal(answer.headers.get('x-keys'), '[redacted],[redacted]');
  assert.ok((await outcome(grant_id)).flags.includes('secret_echoed'));
});

test('I8: within the overlap the value before is kept out of the log as well', async () => {
  const { grant_id, old, current } = await rotated(600);
  upstream.behave(knows(current));
  await vault.proxy(key, grant_id, `${upstream.origin}/${old}`, {
    alter: { 'Alter-Reason': `with ${old} and ${current}` },
  });
  const text = JSON.stringify(await vault.audit({ grant_id }));
  assert.ok(!text.includes(old) && !text.includes(current));
});

test('A5: the overlap ends by the clock of the database, and then the version before is shredded', async () => {
  const { secret_id, grant_id, old, current, path } = await rotated(1);
  upstream.behave(knows(old));
  assert.equal((await call(grant_id)).status, 200);
  assert.deepEqual(await versionsOf(secret_id), [1, 2]);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  // A server whose clock is an hour slow still takes the overlap for open.
  const { clock } = vault.server.api;
  const now = clock.now.bind(clock);
  const slow = mock.method(clock, 'now', () => now() - 3600_000);
  upstream.requests.splice(0);
  const answer = await call(grant_id);
  slow.mock.restore();
  assert.deepEqual([answer.status, answer.text], [401, 'who are you?']);
  assert.deepEqual(sent(), [current]);

  await Promise.all([endOverlapsOver(vault.server.api), endOverlapsOver(vault.server.api)]);
  assert.deepEqual(await versionsOf(secret_id), [2]);
  const shown = await vault.ok('GET', path);
  assert.deepEqual([shown.overlap_until, shown.version], [null, 2]);
  const events = await vault.audit({ secret_id, kind: 'secret.overlap_ended' });
  assert.equal(events.length, 1);
  assert.equal(events[0].context.version, 1);
  const [row] = await sql<{ previous_fingerprints: unknown }>(
    'SELECT previous_fingerprints FROM secrets WHERE secret_id = $1',
    [secret_id],
  );
  assert.equal(row?.previous_fingerprints, null);
});

test('the upkeep that shreds replaced versions leaves the one of an open overlap', async () => {
  const [open, plain] = [await rotated(600), await rotated(0)];
  const { api } = vault.server;
  // Rotated two minutes ago: by the vault's clock, so that the row keeps its MAC.
  const { clock } = api;
  const now = clock.now.bind(clock);
  const past = mock.method(clock, 'now', () => now() - 120_000);
  for (const { path } of [open, plain]) await vault.ok('PATCH', path, { rotate_by: null });
  past.mock.restore();
  await shredReplacedVersions(api.db);
  assert.deepEqual(await versionsOf(open.secret_id), [1, 2]);
  assert.deepEqual(await versionsOf(plain.secret_id), [2]);
});

test('a change of the binding, another rotation, an operator and a deletion each end the overlap at once', async () => {
  const ends: [string, (of: Rotated) => Promise<unknown>, number[]][] = [
    ['narrowing', ({ path }) => vault.ok('PATCH', path, { delivery: 'proxy_only' }), [2]],
    ['by hand', ({ path }) => vault.api('DELETE', `${path}/previous-credential`), [2]],
    [
      'rotation',
      ({ path }) => vault.ok('PUT', `${path}/credential`, { credential: { token: canary() } }),
      [2, 3],
    ],
    ['deletion', ({ path }) => vault.api('DELETE', path), []],
  ];
  for (const [how, end, left] of ends) {
    const of = await rotated(600);
    upstream.behave(knows(of.old));
    await end(of);
    upstream.requests.splice(0);
    assert.ok([401, 404].includes((await call(of.grant_id)).status), how);
    assert.ok(!sent().includes(of.old), how);
    assert.deepEqual(await versionsOf(of.secret_id), left, how);
    const shown = await vault.api('GET', of.path);
    assert.equal(shown.json.overlap_until ?? null, null, how);
  }
});

test('a change of name leaves the overlap open', async () => {
  const { grant_id, old, path } = await rotated(600);
  upstream.behave(knows(old));
  await vault.ok('PATCH', path, { name: `renamed-${Date.now()}` });
  assert.equal((await call(grant_id)).status, 200);
  assert.notEqual((await vault.ok('GET', path)).overlap_until, null);
});

test('an overlap after an overlap keeps the version before, and no older one', async () => {
  const { secret_id, grant_id, old, current, path } = await rotated(600);
  const newest = canary();
  await vault.ok('PUT', `${path}/credential`, { credential: { token: newest }, overlap_seconds: 600 });
  assert.deepEqual(await versionsOf(secret_id), [2, 3]);
  upstream.behave(knows(old, current));
  assert.equal((await call(grant_id)).status, 200);
  assert.deepEqual(sent(), [newest, current]);
});

test('I12: a grant that is revoked while the upstream answers gets no second try', async () => {
  const { grant_id, old, current } = await rotated(600);
  upstream.behave((_request, response) => {
    void vault.ok('POST', `/v1/grants/${grant_id}/revoke`, {}).then(() => response.writeHead(401).end());
  });
  await call(grant_id);
  assert.deepEqual(sent(), [current]);
  assert.ok(!sent().includes(old));
});

test('a 401 that is not tried again arrives whole, whatever its size', async () => {
  const { grant_id, path } = await rotated(600);
  const body = Buffer.alloc(1_000_000, 'no ');
  upstream.behave((_request, response) => {
    void vault.api('DELETE', `${path}/previous-credential`).then(() => {
      response.writeHead(401, { 'X-Why': 'because', 'Content-Length': body.length });
      response.end(body);
    });
  });
  const answer = await call(grant_id);
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get('x-why'), 'because');
  assert.ok(answer.text === body.toString());
});

test('a caller that leaves while the 401 is held ends the call: one outcome, nothing sent again afterwards', async () => {
  const { grant_id, old } = await rotated(600);
  const gone = new AbortController();
  upstream.behave((_request, response) => {
    gone.abort();
    setTimeout(() => response.writeHead(401).end(), 50);
  });
  await assert.rejects(call(grant_id, { signal: gone.signal }));
  const event = await outcome(grant_id);
  assert.ok(event.flags.includes('client_aborted'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(!sent().includes(old));
});

test('the second try has what the caller left of the time', async () => {
  const { grant_id, old, current } = await rotated(600);
  upstream.behave((request, response) => {
    if (request.headers.authorization === `Bearer ${old}`) return;
    setTimeout(() => response.writeHead(401).end(), 300);
  });
  const startedAt = performance.now();
  const answer = await vault.proxy(key, grant_id, `${upstream.origin}/`, {
    alter: { 'Alter-Timeout-Ms': '700' },
  });
  const ms = performance.now() - startedAt;
  assert.equal(answer.json.error.code, 'upstream_timeout');
  assert.ok(ms > 600 && ms < 1_200, `${ms} ms`);
  assert.deepEqual(sent(), [current, old]);
});

test('request mode releases the current version, overlap or not', async () => {
  const { grant_id, current } = await rotated(600);
  const answer = await vault.release(key, { grant_id, method: 'GET', url: `${upstream.origin}/` });
  assert.deepEqual(answer.json.inject.headers, [['Authorization', `Bearer ${current}`]]);
});

test('I6: an overlap that was written into the database opens nothing', async () => {
  const { secret_id, grant_id, old } = await rotated(0);
  upstream.behave(knows(old));
  await sql("UPDATE secrets SET overlap_until = now() + interval '1 day' WHERE secret_id = $1", [secret_id]);
  vault.server.api.boundaries.forget(
    (await sql<{ app_id: string }>('SELECT app_id FROM secrets WHERE secret_id = $1', [secret_id]))[0]
      ?.app_id ?? '',
  );
  const answer = await call(grant_id);
  assert.equal(answer.json.error.code, 'integrity_error');
  assert.ok(!sent().includes(old));
  await sql('UPDATE secrets SET overlap_until = NULL WHERE secret_id = $1', [secret_id]);
});

test('an overlap needs the same fields, and lasts a week at most', async () => {
  const { secret_id } = await vault.ok('POST', '/v1/apps/default/secrets', {
    name: `two-${Date.now()}`,
    credential_type: 'api_key',
    credential: { token: canary(), tenant: 'one' },
    allowed_hosts: [upstream.host],
  });
  const put = (body: object) => vault.api('PUT', `/v1/apps/default/secrets/${secret_id}/credential`, body);
  const fewer = await put({ credential: { token: canary() }, overlap_seconds: 60 });
  assert.deepEqual(
    [fewer.json.error.code, fewer.json.error.issues?.[0]?.path],
    ['invalid_request', 'overlap_seconds'],
  );
  for (const overlap_seconds of [-1, 604_801, 0.5])
    assert.equal(
      (await put({ credential: { token: canary(), tenant: 'x' }, overlap_seconds })).json.error.code,
      'invalid_request',
    );
});

/** Runs `change` once, in the moment between the commit of a call's event and the opening of its credential. */
function besideTheNextCall(change: () => Promise<unknown>): void {
  const { audit } = vault.server.api;
  const authorize = audit.authorize.bind(audit);
  const mocked = mock.method(audit, 'authorize', async (...args: Parameters<typeof authorize>) => {
    mocked.mock.restore();
    const result = await authorize(...args);
    await change();
    return result;
  });
}

test('I12: a call beside a narrowing is decided again once, and goes on where it may still go', async () => {
  const narrowed = async (allowed_hosts: string[]) => {
    const { secret_id, grant_id } = await vault.secret(upstream.host, undefined, {
      allowed_hosts: [upstream.host, '127.0.0.1:9'],
    });
    besideTheNextCall(() => vault.ok('PATCH', `/v1/apps/default/secrets/${secret_id}`, { allowed_hosts }));
    return { answer: await call(grant_id), event: await outcome(grant_id) };
  };
  upstream.behave((_request, response) => response.end('ok'));
  const still = await narrowed([upstream.host]);
  assert.deepEqual([still.answer.status, still.event.status_code], [200, 200]);
  assert.equal(upstream.requests.length, 1);
  const elsewhere = await narrowed(['127.0.0.1:9']);
  assert.equal(elsewhere.answer.json.error.code, 'host_not_allowed');
  assert.equal(elsewhere.event.code, 'host_not_allowed', 'a refusal after authorisation is in the outcome');
  assert.equal(upstream.requests.length, 1);
});

test('I12: a call beside the deletion of its secret is refused', async () => {
  const { secret_id, grant_id } = await vault.secret(upstream.host);
  besideTheNextCall(() => vault.api('DELETE', `/v1/apps/default/secrets/${secret_id}`));
  assert.equal((await call(grant_id)).json.error.code, 'not_found');
  assert.equal(upstream.requests.length, 0);
});

test('a rotation of the keyring wraps the version of an open overlap anew as well, and it goes on opening', async () => {
  const { secret_id, grant_id, old } = await rotated(600);
  const { api } = vault.server;
  const keyring = api.keyring();
  const nil = '00000000-0000-0000-0000-000000000000';
  const { keyId } = keyring.primary('wrap');
  const work = (await selectRewrapWork(api.db, keyId, { appId: nil, secretId: nil }, 10_000)).filter(
    (one) => one.secret.secret_id === secret_id,
  );
  assert.deepEqual(work.map((one) => [one.secret.version, one.isCurrent]).sort(), [
    [1, true],
    [2, true],
  ]);
  const rewrapped = work.map((one) => {
    const binding = bindingOf(keyring.deploymentId, one.secret);
    const { wrappedKey } = rewrapCredential(keyring, binding, binding, { ...one, sealed: Buffer.alloc(0) });
    return { work: one, wrappedKey };
  });
  assert.equal(await api.db.transaction((tx) => updateWrapsIfUnchanged(tx, keyId, rewrapped)), 2);
  upstream.behave(knows(old));
  assert.equal((await call(grant_id)).status, 200);
});
