/** The SDK against a vault and upstreams that record everything: request mode, outcomes, what is never shown. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  AlterError,
  App,
  GrantRevokedError,
  HttpMethod,
  RateLimitedError,
  VaultUnreachableError,
} from '@alter-vault/sdk';
import { ERRORS } from '@alter-vault/contract/errors';
import { API_KEY, CANARY, echo, GRANT, refuse, rig, sendJson, startServer } from './sdk-harness.ts';

const grantId = GRANT;

/** Everything that printing an error may show, causes and all. */
const printed = (error: unknown): string =>
  inspect(error, { depth: 12, showHidden: true, getters: true }) +
  String(error) +
  JSON.stringify(error) +
  (error instanceof Error ? error.stack : '');

const assertNoSecret = (text: string): void => {
  for (const secret of [CANARY, encodeURIComponent(CANARY), btoa(CANARY), API_KEY])
    assert.ok(!text.includes(secret), text);
};

/** A port that nothing listens on: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const address = gone.address();
  gone.close();
  await once(gone, 'close');
  return typeof address === 'object' && address !== null ? address.port : assert.fail('no port');
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('the call must be refused'),
    (error: unknown) => error,
  );
}

test('a call is released, made once with the credential, and its outcome reported', async (t) => {
  const { vault, app } = await rig(t);
  const upstream = await startServer(t, (_seen, response) =>
    sendJson(response, 201, { big: '12345678901234567890' }),
  );
  const url = `${upstream.url}/v1/x?y=%7A`;
  const response = await app.request(HttpMethod.POST, url, {
    grantId,
    json: { a: 1 },
    query: { q: 'ä b' },
    headers: { 'X-Mine': '1' },
    reason: 'because',
    context: { tool: 'summarize' },
  });
  assert.ok(response instanceof Response);
  assert.equal(response.status, 201);
  assert.equal(response.url, `${url}&q=%C3%A4%20b`);
  assert.deepEqual(await response.json(), { big: '12345678901234567890' });

  const asked = vault.seen[0];
  assert.ok(asked);
  assert.equal(asked.headers.authorization, `Bearer ${API_KEY}`);
  assert.deepEqual(JSON.parse(asked.body), {
    grant_id: GRANT,
    method: 'POST',
    url: response.url,
    headers: { 'content-type': 'application/json', 'x-mine': '1' },
    body_sha256: createHash('sha256').update('{"a":1}').digest('hex'),
    reason: 'because',
    context: { tool: 'summarize' },
    caller: 'test-suite',
  });
  assert.equal(upstream.seen.length, 1);
  assert.equal(upstream.seen[0]?.headers.authorization, `Bearer ${CANARY}`);
  assert.equal(upstream.seen[0]?.body, '{"a":1}');
  assert.ok(!JSON.stringify(upstream.seen).includes(API_KEY));

  await app.close();
  const [outcome, ...others] = vault.outcomes();
  assert.deepEqual(others, []);
  assert.deepEqual(
    { ...outcome, latency_ms: typeof outcome?.['latency_ms'] },
    {
      request_id: 'request-1',
      status_code: 201,
      latency_ms: 'number',
      bytes_in: 7,
      bytes_out: 30,
    },
  );
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`R1: a ${status} to another origin is returned and not followed`, async (t) => {
    const { vault, app } = await rig(t);
    vault.inject = {
      headers: [
        ['X-Api-Key', CANARY],
        ['Authorization', `Bearer ${CANARY}`],
      ],
      query: [['api_key', CANARY]],
    };
    const other = await startServer(t, echo);
    const upstream = await startServer(
      t,
      (_seen, response) => void response.writeHead(status, { location: `${other.url}/next` }).end(),
    );
    const response = await app.request('POST', `${upstream.url}/x`, { grantId, json: 1 });
    assert.equal(response.status, status);
    assert.equal(response.headers.get('location'), `${other.url}/next`);
    assert.equal(other.seen.length, 0);
    assert.equal(upstream.seen.length, 1);
    const viaFetch = await app.fetch({ grantId })(`${upstream.url}/x`, { redirect: 'follow' });
    assert.equal(viaFetch.status, status);
    assert.equal(other.seen.length, 0);
  });
}

test('R1: a vault that redirects gets no second request, and no key goes elsewhere', async (t) => {
  const other = await startServer(t, echo);
  const vault = await startServer(
    t,
    (_seen, response) => void response.writeHead(307, { location: other.url }).end(),
  );
  const app = new App({ apiKey: API_KEY, baseUrl: vault.url });
  await assert.rejects(app.request('GET', other.url, { grantId }), {
    code: 'vault_unreachable',
    status: 307,
  });
  await assert.rejects(app.proxyRequest('GET', other.url, { grantId }), {
    code: 'vault_unreachable',
    status: 307,
  });
  assert.equal(other.seen.length, 0);
});

test('P1: an echo is redacted in headers and in a body split anywhere; the URL shows no credential', async (t) => {
  const { vault, app } = await rig(t);
  vault.inject = { headers: [['Authorization', `Bearer ${CANARY}`]], query: [['key', CANARY]] };
  const upstream = await startServer(t, async (seen, response) => {
    response.writeHead(200, { 'x-echo': seen.headers.authorization ?? '', location: seen.url });
    const body = JSON.stringify(seen);
    for (let at = 0; at < body.length; at += 7) {
      response.write(body.slice(at, at + 7));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  const response = await app.request('GET', `${upstream.url}/x`, { grantId });
  const copy = response.clone();
  assert.ok(upstream.seen[0]?.url.includes(CANARY));
  assert.equal(response.headers.get('location'), '/x?key=[redacted]');
  const text = await response.text();
  assert.ok(text.includes('[redacted]'));
  assertNoSecret(
    text +
      (await copy.text()) +
      inspect(response, { depth: 9, showHidden: true }) +
      inspect(copy) +
      inspect([...response.headers]),
  );
  assert.equal(copy.url, response.url);
});

test('R15: neither the client nor an error shows a key or a credential', async (t) => {
  const { vault, app } = await rig(t);
  vault.inject = { headers: [['Authorization', `Bearer ${CANARY}`]], query: [['key', CANARY]], url: null };
  const fetchOfGrant = app.fetch({ grantId });
  for (const text of [
    inspect(app, { depth: 9, showHidden: true }),
    JSON.stringify(app),
    `${app}`,
    inspect({ app, fetchOfGrant }),
    Object.keys(app).join(),
  ]) {
    assertNoSecret(text);
  }
  const port = await closedPort();
  const refused = await failureOf(app.request('GET', `http://127.0.0.1:${port}/x`, { grantId }));
  assert.ok(refused instanceof AlterError);
  assert.equal(refused.code, 'upstream_unreachable');
  assert.equal(refused.requestId, 'request-1');
  assertNoSecret(printed(refused));

  vault.inject = { headers: [['Authorization', `Bearer ${CANARY}\r\nx`]] };
  assertNoSecret(printed(await failureOf(app.request('GET', `http://127.0.0.1:${port}/x`, { grantId }))));
  vault.inject = { url: `http://[${CANARY}` };
  assertNoSecret(printed(await failureOf(app.request('GET', `http://127.0.0.1:${port}/x`, { grantId }))));
  assertNoSecret(
    printed(
      await failureOf(app.request('GET', 'https://a.example/', { grantId, headers: { a: `${API_KEY}\n` } })),
    ),
  );
  for (const options of [
    { apiKey: `x${CANARY}` },
    { apiKey: API_KEY, baseUrl: `http://user:${CANARY}@127.0.0.1` },
  ]) {
    assert.throws(
      () => new App(options),
      (error) => (assertNoSecret(printed(error)), true),
    );
  }
});

test('R2: the key of the vault and keys of the caller never reach the upstream', async (t) => {
  const { app } = await rig(t);
  const upstream = await startServer(t, echo);
  const send = app.fetch({ grantId });
  await send(
    new Request(`${upstream.url}/x`, {
      method: 'PUT',
      body: 'text',
      headers: {
        authorization: 'Bearer dummy',
        'x-api-key': API_KEY,
        'x-other': `a ${API_KEY}`,
        cookie: 'a=b',
        host: 'evil.example',
      },
    }),
  );
  const [seen] = upstream.seen;
  assert.equal(seen?.method, 'PUT');
  assert.equal(seen?.body, 'text');
  assert.equal(seen?.headers.authorization, `Bearer ${CANARY}`);
  assert.equal(`http://${seen?.headers.host}`, upstream.url);
  for (const name of ['x-api-key', 'x-other', 'cookie']) assert.equal(seen?.headers[name], undefined);
});

for (const [code, { status, retryable }] of Object.entries(ERRORS)) {
  test(`a refusal with ${code} is a typed error, in both modes`, async (t) => {
    const { vault, app } = await rig(t, { timeoutMs: 250 });
    const upstream = await startServer(t, echo);
    vault.first.push(...Array.from({ length: 8 }, () => refuse(code, status, { 'Retry-After': '7' })));
    for (const call of [
      () => app.request('GET', upstream.url, { grantId }),
      () => app.proxyRequest('HEAD', upstream.url, { grantId }),
    ]) {
      const error = await failureOf(call());
      assert.ok(error instanceof AlterError && error.constructor !== AlterError);
      assert.equal(error.name, error.constructor.name);
      assert.deepEqual([error.code, error.status, error.retryable], [code, status, retryable]);
      assert.ok(error.hint);
      if (error instanceof RateLimitedError) assert.equal(error.retryAfterMs, 7000);
    }
    assert.equal(upstream.seen.length, 0);
  });
}

test('a typed error carries what the vault said', async (t) => {
  const { vault, app } = await rig(t);
  vault.first.push(refuse('grant_revoked', 403));
  const error = await failureOf(app.request('GET', 'https://a.example/', { grantId }));
  assert.ok(error instanceof GrantRevokedError);
  assert.deepEqual(
    [error.message, error.hint, error.requestId, error.mayHaveBeenSent],
    ['No.', 'Do this.', 'r-refused', false],
  );
  assert.deepEqual(error.issues, [{ path: 'url', message: 'no' }]);
});

test('a release is asked for again after a 503 and after a refused connection; the upstream is called once', async (t) => {
  const { vault, app } = await rig(t);
  const upstream = await startServer(t, echo);
  vault.first.push(refuse('overloaded', 503), refuse('audit_unavailable', 503));
  assert.equal((await app.request('GET', upstream.url, { grantId })).status, 200);
  assert.equal(vault.seen.filter(({ url }) => url === '/v1/requests').length, 3);
  assert.equal(upstream.seen.length, 1);

  const gone = new App({
    apiKey: API_KEY,
    baseUrl: `http://127.0.0.1:${await closedPort()}`,
    timeoutMs: 5_000,
  });
  const startedAt = performance.now();
  const error = await failureOf(gone.request('GET', upstream.url, { grantId }));
  assert.ok(error instanceof VaultUnreachableError && error.retryable && !error.mayHaveBeenSent);
  assert.ok(performance.now() - startedAt >= 300, 'three pauses lie between four attempts');
});

test('an upstream that breaks off is never called again', async (t) => {
  const { vault, app } = await rig(t);
  const upstream = await startServer(t, (_seen, response) => void response.socket?.destroy());
  await assert.rejects(app.request('GET', upstream.url, { grantId }), {
    code: 'upstream_unreachable',
    mayHaveBeenSent: true,
  });
  assert.equal(upstream.seen.length, 1);
  await app.close();
  assert.deepEqual(
    vault.outcomes().map(({ error, status_code }) => [error, status_code]),
    [['upstream_unreachable', undefined]],
  );
});

test('P6: a body that breaks off is an error, never a shorter answer', async (t) => {
  const { vault, app } = await rig(t);
  const upstream = await startServer(t, (_seen, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('part', () => response.socket?.destroy());
  });
  const response = await app.request('GET', upstream.url, { grantId });
  await assert.rejects(response.text(), { code: 'upstream_unreachable' });
  await app.close();
  assert.deepEqual(
    vault.outcomes().map(({ error, status_code, bytes_out }) => [error, status_code, bytes_out]),
    [['upstream_unreachable', 200, 4]],
  );
});

test('timeoutMs ends a silent upstream and a silent vault; the signal of the caller keeps its reason', async (t) => {
  const { vault, app } = await rig(t, { timeoutMs: 150 });
  const upstream = await startServer(t, () => undefined);
  await assert.rejects(app.request('GET', upstream.url, { grantId }), {
    code: 'timeout',
    requestId: 'request-1',
  });
  vault.first.push(() => undefined);
  await assert.rejects(app.request('GET', upstream.url, { grantId }), {
    code: 'timeout',
    requestId: undefined,
  });
  const reason = new Error('enough');
  await assert.rejects(
    app.request('GET', upstream.url, { grantId, signal: AbortSignal.abort(reason) }),
    reason,
  );
  const controller = new AbortController();
  const before = upstream.seen.length;
  const cancelled = app.request('GET', upstream.url, {
    grantId,
    signal: controller.signal,
    timeoutMs: 30_000,
  });
  // Only a call that is on its way has an outcome.
  const poll = setInterval(() => {
    if (upstream.seen.length > before) controller.abort(reason);
  }, 5);
  t.after(() => clearInterval(poll));
  await assert.rejects(cancelled, reason);
  await app.close();
  assert.deepEqual(
    vault.outcomes().map(({ error }) => error),
    ['upstream_timeout', 'cancelled'],
  );
});

test('a stream outlives timeoutMs, and the signal of the caller still ends it', async (t) => {
  const { app } = await rig(t, { timeoutMs: 200 });
  const upstream = await startServer(t, async (_seen, response) => {
    for (let i = 0; i < 100 && !response.destroyed; i += 1, await sleep(20)) response.write(`data: ${i}\n\n`);
  });
  const controller = new AbortController();
  const response = await app.request('GET', upstream.url, { grantId, signal: controller.signal });
  const reader = response.body?.getReader();
  const startedAt = performance.now();
  while (performance.now() - startedAt < 400) assert.equal((await reader?.read())?.done, false);
  controller.abort(new Error('enough'));
  await assert.rejects(async () => {
    for (;;) await reader?.read();
  }, /enough/);
});

test('outcomes go in batches, also for bodies that nobody reads, and a vault that fails disturbs nobody', async (t) => {
  const { vault, app } = await rig(t);
  const upstream = await startServer(t, echo);
  for (let i = 0; i < 5; i += 1) await (await app.request('GET', upstream.url, { grantId })).body?.cancel();
  const unread = await app.request('GET', upstream.url, { grantId });
  await sleep(700);
  assert.equal(vault.outcomes().length, 5);
  assert.equal(vault.seen.filter(({ url }) => url.endsWith('/outcomes')).length, 1);
  vault.first.push(refuse('internal', 500));
  await app.close();
  assert.equal(vault.outcomes().length, 6);
  assert.ok(unread.body);
  await assert.rejects(app.request('GET', upstream.url, { grantId }), { code: 'closed' });
});
