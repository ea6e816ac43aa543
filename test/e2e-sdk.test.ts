/** The SDK against the real vault and real upstreams, in both modes: what goes out, what comes back, what the log tells. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { after, before, beforeEach, describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Agent,
  type AlterError,
  App,
  AuthenticationError,
  EgressDeniedError,
  GrantExpiredError,
  GrantRevokedError,
  HostNotAllowedError,
  HttpMethod,
  InvalidRequestError,
  NotFoundError,
  PayloadTooLargeError,
  ProxyRequiredError,
  RateLimitedError,
  TimeoutError,
  UpstreamError,
  VaultUnavailableError,
  VaultUnreachableError,
} from '@alter-vault/sdk';
import { assertSigV4 } from './sigv4-verifier.ts';
import { echo, startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

let vault: TestVault & { dataDir: string };
let upstream: Upstream;
let app: App;
let apiKey: string;

before(async () => {
  vault = await startVault({ env: { ALTER_HELD_BODY_BYTES_MAX: '100000' } });
  upstream = await startUpstream();
  apiKey = (await vault.key()).api_key;
  app = new App({ apiKey, baseUrl: vault.url, caller: 'e2e' });
});
after(async () => {
  await app?.close();
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});
beforeEach(() => upstream.behave(echo));

type Mode = 'request' | 'proxy';
const MODES: readonly Mode[] = ['request', 'proxy'];
type Options = Parameters<App['request']>[2];

/** One call in either mode, as a standard response. */
async function call(mode: Mode, method: string, url: string, options: Options): Promise<Response> {
  if (mode === 'request') return app.request(method, url, options);
  return (await app.proxyRequest(method, url, options)).toResponse();
}

/** What the echoing upstream says that it got. */
async function echoed(response: Response): Promise<{ url: string; body: string }> {
  const seen: unknown = await response.json();
  assert.ok(typeof seen === 'object' && seen !== null && 'url' in seen && 'body' in seen);
  return { url: String(seen.url), body: String(seen.body) };
}

const last = () => {
  const request = upstream.requests.at(-1);
  assert.ok(request !== undefined);
  return request;
};

/** An upstream that a test writes by hand, where the body must not be gathered first. */
async function rawUpstream(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ origin: string; host: string }> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin: `http://${host}`, host };
}

/** Completed events are written behind the answer. */
async function completed(grantId: string, count = 1, within = 5000): Promise<Record<string, unknown>[]> {
  for (const until = Date.now() + within; ; await pause(50)) {
    const events = await vault.audit({ grant_id: grantId, kind: 'call.completed' });
    if (events.length >= count) return events;
    if (Date.now() > until) assert.fail(`${events.length} of ${count} calls are completed`);
  }
}

interface TypeCase {
  readonly name: string;
  readonly stored: Record<string, unknown>;
  /** Path of the call, and what must have arrived there. */
  readonly path: string;
  readonly expects: (seen: ReturnType<typeof last>) => void;
}

const token = canary();
const TYPES: readonly TypeCase[] = [
  {
    name: 'bearer',
    stored: { credential_type: 'bearer', credential: { token } },
    path: '/v1/x?y=z',
    expects: ({ url, headers }) => {
      assert.equal(url, '/v1/x?y=z');
      assert.equal(headers['authorization'], `Bearer ${token}`);
    },
  },
  {
    name: 'api_key with several headers and formats',
    stored: {
      credential_type: 'api_key',
      credential: { token, tenant: 'acme-ü' },
      public_fields: ['tenant'],
      injection: [
        { in: 'header', name: 'X-Custom-Auth', format: 'Token {token}' },
        { in: 'header', name: 'X-Tenant', format: '{tenant}' },
        { in: 'query', name: 'api_key', format: '{token}+/=&%41' },
      ],
    },
    path: '/v1/x?y=z&API_KEY=mine',
    expects: ({ url, headers }) => {
      assert.equal(headers['x-custom-auth'], `Token ${token}`);
      assert.equal(Buffer.from(String(headers['x-tenant']), 'latin1').toString('utf8'), 'acme-ü');
      const query = new URL(url, 'http://u').searchParams;
      assert.deepEqual(
        [...query],
        [
          ['y', 'z'],
          ['api_key', `${token}+/=&%41`],
        ],
      );
    },
  },
  {
    name: 'basic',
    stored: { credential_type: 'basic', credential: { username: 'jörg', password: token } },
    path: '/',
    expects: ({ headers }) =>
      assert.equal(headers['authorization'], `Basic ${Buffer.from(`jörg:${token}`).toString('base64')}`),
  },
  {
    name: 'a query parameter',
    stored: {
      credential_type: 'api_key',
      credential: { token: `${token}/+= ü` },
      injection: [{ in: 'query', name: 'key', format: '{token}' }],
    },
    path: '/maps',
    expects: ({ url }) =>
      assert.deepEqual([...new URL(url, 'http://u').searchParams], [['key', `${token}/+= ü`]]),
  },
  {
    name: 'a path prefix',
    stored: {
      credential_type: 'api_key',
      credential: { token: `123:${token}` },
      injection: [{ in: 'path', mode: 'prefix', format: '/bot{token}' }],
    },
    path: '/sendMessage?chat=1',
    expects: ({ url }) => assert.equal(decodeURIComponent(url), `/bot123:${token}/sendMessage?chat=1`),
  },
  {
    name: 'a whole path',
    stored: {
      credential_type: 'api_key',
      credential: { token: `${token}/x` },
      injection: [{ in: 'path', mode: 'replace', format: '/services/{token}' }],
    },
    path: '/anything?a=b',
    expects: ({ url }) => assert.equal(url, `/services/${token}%2Fx?a=b`),
  },
];

describe('credentials of every type arrive where their rules put them', () => {
  for (const { name, stored, path, expects } of TYPES) {
    for (const mode of MODES) {
      test(`R2, I5: ${name}, ${mode} mode`, async () => {
        const { grant_id: grantId } = await vault.secret(upstream.host, {}, stored);
        const response = await call(mode, 'POST', `${upstream.origin}${path}`, {
          grantId,
          json: { big: '12345678901234567890', é: 'ü' },
          headers: { Authorization: 'Bearer of-the-caller', 'x-api-key': 'mine', 'X-Kept': 'yes' },
        });
        assert.equal(response.status, 200, await response.clone().text());
        const seen = last();
        expects(seen);
        assert.equal(seen.method, 'POST');
        assert.equal(seen.body.toString(), '{"big":"12345678901234567890","é":"ü"}');
        assert.equal(seen.headers['content-type'], 'application/json');
        assert.equal(seen.headers['x-kept'], 'yes');
        assert.ok(!seen.rawHeaders.join(' ').includes('of-the-caller'));
        assert.ok(!seen.rawHeaders.join(' ').includes(apiKey), "lesson 3: the vault's key stays here");
        assert.ok(!response.url.includes(token), 'the URL is the caller’s');
        const text = await response.text();
        assert.ok(!text.includes(token), 'P1: echoes of the path and query are redacted');
      });
    }
  }

  const AWS = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: canary() };
  for (const mode of MODES) {
    for (const service of ['s3', 'execute-api']) {
      test(`R13: aws_sigv4 for ${service} holds before an independent verifier, ${mode} mode`, async () => {
        const session_token = canary();
        const { grant_id: grantId } = await vault.secret(
          upstream.host,
          {},
          {
            credential_type: 'aws_sigv4',
            credential: { ...AWS, session_token },
            injection: [{ in: 'aws_sigv4', service, region: 'eu-west-1' }],
          },
        );
        const scope = { secret: AWS.secret_access_key, service, region: 'eu-west-1' };
        const bodies = [undefined, 'a body', new Uint8Array(50_000).fill(7), ''];
        for (const body of bodies) {
          const url = `${upstream.origin}/a%20b/c+d/ü?list-type=2&prefix=a%2Fb&empty&b=1&a=2`;
          const response = await call(mode, body === undefined ? 'GET' : 'PUT', url, {
            grantId,
            body,
            headers: { 'x-amz-meta-note': '  two  blanks ', 'x-amz-date': '20000101T000000Z' },
          });
          assert.equal(response.status, 200, await response.text());
          const seen = last();
          assertSigV4(seen, scope);
          assert.equal(seen.headers['x-amz-security-token'], session_token);
          assert.ok(!JSON.stringify(seen.rawHeaders).includes(AWS.secret_access_key));
          // The verifier refuses another body: the test can fail.
          assert.throws(() => assertSigV4({ ...seen, body: Buffer.from('another') }, scope));
        }
      });
    }
  }

  test('an agent reaches its own grants, and by default only through the vault', async () => {
    const agent = await vault.ok('POST', '/v1/apps/default/agents', { name: `bot-${canary().slice(0, 6)}x` });
    const { secret_id, grant_id } = await vault.secret(upstream.host, { token });
    const own = await vault.ok('POST', `/v1/apps/default/secrets/${secret_id}/grants`, {
      principal: { type: 'agent', id: agent.agent_id },
    });
    const { api_key } = await vault.key({ kind: 'agent', agent_id: agent.agent_id });
    await using client = new Agent({ apiKey: api_key, baseUrl: vault.url });
    const url = `${upstream.origin}/agent`;
    assert.equal((await client.proxyRequest('GET', url, { grantId: own.grant_id })).status, 200);
    await assert.rejects(client.request('GET', url, { grantId: own.grant_id }), ProxyRequiredError);
    await assert.rejects(client.proxyRequest('GET', url, { grantId: grant_id }), NotFoundError);
    await assert.rejects(app.proxyRequest('GET', url, { grantId: own.grant_id }), NotFoundError);
    const releasing = await vault.key({ kind: 'agent', agent_id: agent.agent_id, allow_release: true });
    await using second = new Agent({ apiKey: releasing.api_key, baseUrl: vault.url });
    assert.equal((await second.request('GET', url, { grantId: own.grant_id })).status, 200);
    const [event] = await vault.audit({ agent_id: agent.agent_id, kind: 'call.authorized' });
    assert.equal(event.actor.agent_id, agent.agent_id);
  });
});

describe('bodies', () => {
  for (const mode of MODES) {
    test(`F9: streams in both directions at once, ${mode} mode`, async (t) => {
      const { origin, host } = await rawUpstream(t, (request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
        request.on('data', (chunk: Buffer) => response.write(chunk));
        request.on('end', () => response.end());
      });
      const { grant_id: grantId } = await vault.secret(host, { token });
      const parts = new TransformStream<Uint8Array, Uint8Array>();
      const writer = parts.writable.getWriter();
      const sent = writer.write(Buffer.from('one,'));
      const response = await call(mode, 'POST', origin, { grantId, body: parts.readable });
      assert.ok(response.body !== null);
      const reader = response.body.getReader();
      await sent;
      assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'one,');
      void writer.write(Buffer.from('two,'));
      assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'two,');
      await writer.close();
      assert.equal((await reader.read()).done, true);
      const [event] = await completed(grantId);
      assert.deepEqual([event?.['bytes_in'], event?.['bytes_out'], event?.['status_code']], [8, 8, 200]);
    });

    test(`server-sent events come one by one, ${mode} mode`, async (t) => {
      let next: (() => void) | undefined;
      const { origin, host } = await rawUpstream(t, (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: 1\n\n');
        next = () => void response.end('data: 2\n\n');
      });
      const { grant_id: grantId } = await vault.secret(host, { token });
      const response = await call(mode, 'GET', origin, { grantId });
      assert.equal(response.headers.get('content-type'), 'text/event-stream');
      const seen: string[] = [];
      for await (const chunk of response.body ?? []) {
        seen.push(Buffer.from(chunk).toString());
        next?.();
      }
      assert.deepEqual(seen, ['data: 1\n\n', 'data: 2\n\n']);
    });

    test(`a large body arrives whole both ways, ${mode} mode`, async (t) => {
      const { origin, host } = await rawUpstream(t, (request, response) => {
        response.writeHead(200, { 'Content-Length': request.headers['content-length'] ?? '' });
        request.pipe(response);
      });
      const { grant_id: grantId } = await vault.secret(host, { token });
      const body = Buffer.alloc(12_000_000, 'a line of the large body\n');
      const response = await call(mode, 'POST', origin, { grantId, body: new Blob([body]) });
      assert.ok(body.equals(Buffer.from(await response.arrayBuffer())));
      const [event] = await completed(grantId);
      assert.deepEqual([event?.['bytes_in'], event?.['bytes_out']], [body.length, body.length]);
    });

    test(`P1, I8: an echoed credential is redacted in headers and body, ${mode} mode`, async () => {
      const password = `${canary()}-ü`;
      const { grant_id: grantId } = await vault.secret(
        upstream.host,
        {},
        { credential_type: 'basic', credential: { username: 'user', password } },
      );
      upstream.behave((request, response) => {
        response.setHeader('X-Echo', String(request.headers.authorization));
        const encoded = Buffer.from(`user:${password}`).toString('base64');
        response.end(JSON.stringify({ password, encoded, url: encodeURIComponent(password) }));
      });
      const response = await call(mode, 'GET', upstream.origin, { grantId });
      const text = await response.text();
      assert.match(text, /\[redacted\]/);
      for (const value of [password, encodeURIComponent(password), password.slice(0, 30)])
        assert.ok(!text.includes(value));
      assert.doesNotMatch(response.headers.get('x-echo') ?? '', /[A-Za-z0-9+/]{20}/);
    });

    test(`I8: a key without password, and a header of the vendor's own name, ${mode} mode`, async () => {
      const secret = `7${canary()}`;
      upstream.behave((_request, response) => response.end(`you sent ${secret}`));
      for (const injection of [
        [{ in: 'basic', username: '{token}', password: 'X' }],
        [{ in: 'header', name: 'X-Honeycomb-Team', format: '{token}' }],
        [{ in: 'query', name: 'appid', format: '{token}' }],
        [{ in: 'header', name: 'Authorization', format: 'Token token={token}' }],
        [{ in: 'path', mode: 'prefix', format: '/bot{token}' }],
      ]) {
        const stored = { credential_type: 'api_key', credential: { token: secret }, injection };
        const { grant_id: grantId } = await vault.secret(upstream.host, {}, stored);
        const response = await call(mode, 'GET', upstream.origin, { grantId });
        assert.equal(await response.text(), 'you sent [redacted]');
      }
    });
  }

  test('the answer is a standard Response', async () => {
    const { grant_id: grantId } = await vault.secret(upstream.host, { token });
    const url = `${upstream.origin}/r`;
    const response = await app.request(HttpMethod.GET, url, { grantId });
    assert.ok(response instanceof Response);
    const { ok, status, redirected, bodyUsed, type } = response;
    assert.deepEqual(
      [ok, status, redirected, bodyUsed, response.url, type],
      [true, 200, false, false, url, 'default'],
    );
    const copy = response.clone();
    assert.equal((await echoed(response)).url, '/r');
    assert.equal(response.bodyUsed, true);
    assert.equal((await echoed(new Response(copy.body, copy))).url, '/r');
    await assert.rejects(response.text(), TypeError);
    upstream.behave((_request, to) => to.writeHead(204).end());
    assert.equal((await app.request('DELETE', url, { grantId })).body, null);
    upstream.behave((_request, to) => to.writeHead(418, 'Short and stout').end('no'));
    const refused = await app.request('GET', url, { grantId });
    assert.deepEqual([refused.status, refused.ok, await refused.text()], [418, false, 'no']);
  });

  test('R1: a redirect is the answer, in every mode, and the other origin hears nothing', async (t) => {
    let hits = 0;
    const other = await rawUpstream(t, (_request, response) => {
      hits += 1;
      response.end();
    });
    upstream.behave((_request, response) => response.writeHead(307, { Location: `${other.origin}/x` }).end());
    const { grant_id: grantId } = await vault.secret(upstream.host, { token });
    for (const mode of MODES) {
      const response = await call(mode, 'POST', upstream.origin, { grantId, body: 'x' });
      assert.deepEqual([response.status, response.headers.get('location')], [307, `${other.origin}/x`]);
      const viaFetch = await app.fetch({ grantId, mode })(upstream.origin, { redirect: 'follow' });
      assert.equal(viaFetch.status, 307);
    }
    assert.equal(hits, 0);
  });

  test('fetch() stands in for the global one in a vendor’s SDK', async () => {
    const { grant_id: grantId } = await vault.secret(upstream.host, { token });
    for (const mode of MODES) {
      const fetchLike: typeof globalThis.fetch = app.fetch({
        grantId,
        mode,
        reason: 'vendor',
        caller: 'vendor-sdk',
      });
      const request = new Request(`${upstream.origin}/v1/chat?a=1`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk-placeholder', 'content-type': 'application/json' },
        body: '{"a":1}',
      });
      const answers = [
        await fetchLike(request),
        await fetchLike(new URL(`${upstream.origin}/v1/chat?a=1`), {
          method: 'post',
          headers: new Headers({ Authorization: 'Bearer sk-placeholder' }),
          body: '{"a":1}',
        }),
      ];
      for (const answer of answers) assert.equal((await echoed(answer)).body, '{"a":1}');
      assert.equal(last().headers['authorization'], `Bearer ${token}`);
      const [event] = await vault.audit({ grant_id: grantId, kind: 'call.authorized', mode });
      assert.deepEqual([event.reason, event.actor.caller], ['vendor', 'vendor-sdk']);
    }
  });
});

describe('the log', () => {
  for (const mode of MODES) {
    test(`I4: reason, context and caller of any language, and the outcome, ${mode} mode`, async () => {
      const { grant_id: grantId } = await vault.secret(upstream.host, { token });
      const reason = 'Rechnung über 5 € — 請求 🧾\nzweite Zeile';
      const context = { tool: 'résumé 日本', n: { deep: [1, '2', null] }, percent: '100 %25' };
      const options = { grantId, reason, context, caller: 'bot/ü' };
      await (await call(mode, 'GET', `${upstream.origin}/x?q=%C3%BC`, options)).text();
      const [begun] = await vault.audit({ grant_id: grantId, kind: 'call.authorized' });
      assert.equal(begun.reason, reason);
      assert.deepEqual(begun.context, context);
      assert.deepEqual([begun.actor.caller, begun.mode, begun.decision], ['bot/ü', mode, 'allow']);
      assert.equal(begun.url, `${upstream.origin}/x?q=%C3%BC`);
      const [done] = await completed(grantId);
      assert.deepEqual(
        [done?.['status_code'], done?.['code'], done?.['request_id']],
        [200, null, begun.request_id],
      );
      assert.ok(typeof done?.['latency_ms'] === 'number' && done['latency_ms'] >= 0);
    });
  }

  test('an outcome survives the end of the process, by process.exit() and by itself', async () => {
    const { grant_id: grantId } = await vault.secret(upstream.host, { token });
    for (const [i, ending] of ['process.exit(0)', ''].entries()) {
      const source = `
        import { App } from '@alter-vault/sdk';
        const app = new App();
        const response = await app.request('GET', process.env.TARGET, { grantId: process.env.GRANT });
        await response.text();
        ${ending}`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
        cwd: new URL('..', import.meta.url),
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          PATH: '',
          ALTER_API_KEY: apiKey,
          ALTER_BASE_URL: vault.url,
          TARGET: upstream.origin,
          GRANT: grantId,
        },
      });
      assert.deepEqual((await once(child, 'exit'))[0], 0);
      const events = await completed(grantId, i + 1);
      for (const event of events)
        assert.deepEqual([event['status_code'], event['flags']], [200, ['reported_by_client']]);
    }
  });

  test('how a call failed in the client is what the log says of it', async (t) => {
    const { origin, host } = await rawUpstream(t, () => undefined);
    const { grant_id: grantId } = await vault.secret(host, { token });
    await assert.rejects(app.request('GET', origin, { grantId, timeoutMs: 300 }), TimeoutError);
    const [event] = await completed(grantId);
    assert.deepEqual([event?.['code'], event?.['status_code']], ['upstream_timeout', null]);
  });
});

describe('errors', () => {
  /** Both modes refuse with this class and code, and the upstream hears nothing. */
  async function refuses(
    options: Options & { url?: string; client?: App; modes?: readonly Mode[]; method?: string },
    type: new (...parameters: never[]) => AlterError,
    code: string,
    status: number,
  ): Promise<void> {
    const { url = `${upstream.origin}/`, client = app, modes = MODES, method = 'GET', ...rest } = options;
    const before = upstream.requests.length;
    for (const mode of modes) {
      const run =
        mode === 'request' ? client.request(method, url, rest) : client.proxyRequest(method, url, rest);
      const error = await run.then(
        () => assert.fail(`${code} was expected`),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof type, `${mode}: ${String(error)}`);
      assert.deepEqual([error.code, error.status], [code, status]);
      assert.match(error.requestId ?? '', /^[0-9a-f-]{36}$/);
      assert.ok((error.hint ?? '').length > 0 && error.message.length > 0);
    }
    assert.equal(upstream.requests.length, before);
  }

  test('P8: every refusal of the vault is its own class', async () => {
    const { secret_id, grant_id: grantId } = await vault.secret(upstream.host, { token });
    const stranger = new App({ apiKey: apiKey.slice(0, -4) + 'AAAA', baseUrl: vault.url });
    await refuses({ grantId, client: stranger }, AuthenticationError, 'unauthenticated', 401);
    await refuses({ grantId: '01990000-0000-7000-8000-000000000000' }, NotFoundError, 'not_found', 404);
    await refuses({ grantId: 'no-uuid' }, InvalidRequestError, 'invalid_request', 400);
    await refuses({ grantId, url: 'https://evil.example/' }, HostNotAllowedError, 'host_not_allowed', 403);
    const grants = `/v1/apps/default/secrets/${secret_id}/grants`;
    const short = await vault.ok('POST', grants, { ttl_seconds: 1 });
    const over = await vault.ok('POST', grants, {});
    await vault.ok('POST', `/v1/grants/${over.grant_id}/revoke`, {});
    await refuses({ grantId: over.grant_id }, GrantRevokedError, 'grant_revoked', 403);
    await pause(1100);
    await refuses({ grantId: short.grant_id }, GrantExpiredError, 'grant_expired', 403);
    const guarded = await vault.secret(upstream.host, { token }, { delivery: 'proxy_only' });
    const released: readonly Mode[] = ['request'];
    await refuses({ grantId: guarded.grant_id, modes: released }, ProxyRequiredError, 'proxy_required', 403);
    const context = { text: 'x'.repeat(20_000) };
    await refuses({ grantId, context }, InvalidRequestError, 'invalid_request', 400);
  });

  test('a rate limit of the key says how long to wait', async () => {
    const { grant_id: grantId } = await vault.secret(upstream.host, { token });
    const { api_key } = await vault.key({ requests_per_minute: 1 });
    await using client = new App({ apiKey: api_key, baseUrl: vault.url });
    await client.proxyRequest('GET', upstream.origin, { grantId });
    const error = await client
      .proxyRequest('GET', upstream.origin, { grantId })
      .catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RateLimitedError, String(error));
    assert.ok(error.retryable && error.retryAfterMs !== undefined && error.retryAfterMs > 0);
  });

  test('I7, P6: what the upstream does, or that it may not be called', async (t) => {
    const proxied: readonly Mode[] = ['proxy'];
    const metadata = await vault.secret('metadata.google.internal', { token });
    const url = 'https://metadata.google.internal/';
    await refuses(
      { grantId: metadata.grant_id, url, modes: proxied },
      EgressDeniedError,
      'egress_denied',
      403,
    );

    const silent = await rawUpstream(t, () => undefined);
    const held = await vault.secret(silent.host, { token });
    const options = { grantId: held.grant_id, url: silent.origin, timeoutMs: 200, modes: proxied };
    await refuses(options, UpstreamError, 'upstream_timeout', 504);

    const gone = await startUpstream();
    await gone.stop();
    const dead = await vault.secret(gone.host, { token });
    await refuses(
      { grantId: dead.grant_id, url: gone.origin, modes: proxied },
      UpstreamError,
      'upstream_unreachable',
      502,
    );
    const error = await app
      .request('GET', gone.origin, { grantId: dead.grant_id })
      .catch((thrown: unknown) => thrown);
    assert.ok(
      error instanceof UpstreamError &&
        error.code === 'upstream_unreachable' &&
        !String(error).includes(token),
    );

    const aws = await vault.secret(
      upstream.host,
      {},
      {
        credential_type: 'aws_sigv4',
        credential: { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: canary() },
        injection: [{ in: 'aws_sigv4', service: 'execute-api', region: 'eu-west-1' }],
      },
    );
    const body = new Uint8Array(150_000);
    const large = { grantId: aws.grant_id, method: 'POST', body, modes: proxied };
    await refuses(large, PayloadTooLargeError, 'payload_too_large', 413);
  });

  test('the signal of the caller ends a call before and during its answer, with its own reason', async (t) => {
    const { origin, host } = await rawUpstream(t, (request, response) => {
      if (request.url === '/slow') return;
      response.writeHead(200).write('first\n');
    });
    const { grant_id: grantId } = await vault.secret(host, { token });
    for (const mode of MODES) {
      const reason = new Error('enough');
      const early = new AbortController();
      const running = call(mode, 'GET', `${origin}/slow`, { grantId, signal: early.signal });
      setTimeout(() => early.abort(reason), 100);
      await assert.rejects(running, (thrown) => thrown === reason);
      const late = new AbortController();
      const response = await call(mode, 'GET', `${origin}/stream`, { grantId, signal: late.signal });
      const reader = response.body?.getReader();
      assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'first\n');
      late.abort(reason);
      await assert.rejects(
        async () => reader?.read(),
        (thrown) => thrown === reason,
      );
    }
    await completed(grantId, 4);
  });
});

/** The address that clients know, in front of whichever vault serves now. */
class Switch {
  readonly #server: Server = createTcpServer((socket) => {
    const inner = connect(this.target, '127.0.0.1');
    socket.pipe(inner).pipe(socket);
    for (const end of [socket, inner]) end.on('error', () => void (socket.destroy(), inner.destroy()));
    this.#sockets.add(socket);
  });
  readonly #sockets = new Set<{ destroy(): void }>();
  target = 0;
  port = 0;

  async up(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await once(this.#server, 'close');
  }
}

test('calls outlive a restart of the vault, and the upstream is called once for each', async (t) => {
  const first = await startVault();
  const { urls, dataDir, token: owner } = first;
  const second = await startVault({ join: { urls, dataDir, token: owner } });
  const front = new Switch();
  front.target = Number(new URL(first.url).port);
  await front.up();
  t.after(async () => {
    await front.down();
    await second.stop();
    await first.stop();
  });
  const { api_key } = await first.key();
  const { grant_id: grantId } = await first.secret(upstream.host, { token });
  await using client = new App({ apiKey: api_key, baseUrl: `http://127.0.0.1:${front.port}` });
  assert.equal((await client.request('GET', upstream.origin, { grantId })).status, 200);
  const before = upstream.requests.length;
  await front.down();
  // Closed connections are noticed before the next call, as they are in a program that is not in the same process.
  await pause(20);
  const during = [
    client.request('GET', `${upstream.origin}/1`, { grantId }),
    client.proxyRequest('POST', `${upstream.origin}/2`, { grantId, body: 'x' }),
  ];
  await pause(400);
  front.target = Number(new URL(second.url).port);
  await front.up();
  for (const answer of await Promise.all(during)) assert.equal(answer.status, 200);
  assert.equal(upstream.requests.length, before + 2);
  await front.down();
  const error = await client
    .request('GET', upstream.origin, { grantId, timeoutMs: 500 })
    .catch((thrown: unknown) => thrown);
  assert.ok(
    error instanceof VaultUnreachableError && error.retryable && !error.mayHaveBeenSent,
    String(error),
  );
  await front.up();
  await client.close();
  assert.ok(!(error instanceof VaultUnavailableError));
});
