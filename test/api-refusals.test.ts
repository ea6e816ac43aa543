/** What the control plane refuses: bodies that are no JSON or not ours, ids that are none, and each code of WIRE §3 that it gives. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { ENDPOINTS, ERRORS } from '@alter-vault/contract';
import { sql } from './postgres.ts';
import {
  canary,
  pathAt,
  startVault,
  stopPostgres,
  testPostgres,
  type Answer,
  type TestVault,
} from './vault.ts';
import { csrfOf, newMember, OUR_PAGES, stepUp } from './sessions.ts';

let vault: TestVault;
/** What a session that stepped up sends. */
let owner: Record<string, string>;

before(async () => {
  vault = await startVault();
  const { cookie } = await newMember(vault, 'owner');
  await stepUp(vault, cookie);
  owner = { Cookie: cookie, ...OUR_PAGES, 'Alter-Csrf': await csrfOf(vault, cookie) };
});
after(async () => {
  await vault?.stop();
  await stopPostgres();
});

const GONE = '01900000-0000-7000-8000-000000000000';
const SECRETS = '/v1/apps/default/secrets';

/** All routes of the control plane that take a body, at ids that may well not be there. */
const withBody = Object.values(ENDPOINTS)
  .filter((endpoint) => 'body' in endpoint && endpoint.permission !== 'api_key')
  .map((endpoint) => ({
    method: endpoint.method,
    path: pathAt(endpoint.path, 'default', GONE),
    isOfSession: 'sessionOnly' in endpoint,
  }));

/** As whoever may call the route. */
const callerOf = ({ isOfSession }: { isOfSession: boolean }): Record<string, string> =>
  isOfSession ? owner : { Authorization: `Bearer ${vault.token}` };
const asCaller = (
  route: (typeof withBody)[number],
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  vault.api(route.method, route.path, body, { token: null, headers: { ...callerOf(route), ...headers } });

function refusedWith(answer: Answer, code: keyof typeof ERRORS, path?: string): void {
  assert.equal(answer.json?.error?.code, code, answer.text.slice(0, 300));
  assert.equal(answer.status, ERRORS[code].status);
  assert.equal(answer.headers.get('alter-error'), code);
  if (path !== undefined) {
    const paths = (answer.json.error.issues ?? []).map((issue: { path: string }) => issue.path);
    assert.ok(paths.includes(path), `${path} in ${paths.join()}`);
  }
}

test('A10, A11: bodies that are no JSON are refused on every route that takes one, never 500', async () => {
  // Cases of the kind of JSONTestSuite's must-fail set, written anew.
  const bodies: (string | Buffer)[] = [
    ...[
      '[1,]',
      '[,1]',
      '[1 2]',
      '[1,,2]',
      '["a",',
      '[',
      ']',
      '[}',
      '{]',
      '{',
      '}',
      '{"a"}',
      '{"a":}',
      '{:1}',
    ],
    ...[
      '{"a" 1}',
      '{a:1}',
      "{'a':1}",
      '{"a":1,}',
      '{,"a":1}',
      '{"a":1,,"b":2}',
      '{"a":1 "b":2}',
      '{1:1}',
      '{null:1}',
    ],
    ...[
      '[01]',
      '[-01]',
      '[1.]',
      '[.1]',
      '[+1]',
      '[--1]',
      '[1e]',
      '[1e+]',
      '[0x1]',
      '[1_000]',
      '[NaN]',
      '[Infinity]',
    ],
    ...['[-Infinity]', '[-]', '[1a]', '[1.2.3]', '[١]', '[tru]', '[True]', '[nul]', '[undefined]', 'tru'],
    ...[
      '["\\x"]',
      '["\\u12"]',
      '["\\u{1}"]',
      '["\\"]',
      '["a]',
      '[a"]',
      "['a']",
      '["\t"]',
      '["\n"]',
      '["\u0000"]',
    ],
    ...[
      '[1]x',
      '{}{}',
      '{} //c',
      '/*c*/{}',
      '{}#',
      '<html>',
      '',
      ' ',
      '\ufeff{}',
      '*',
      '\f{}',
      '[\u00a01]',
      '[\u20601]',
    ],
    ...[
      '{"name":"x"',
      '{"name":"x"}}',
      '{"name":"x\\ud800"}',
      '{"name":"x","name":"y"}',
      '{"name":"\\u0000"}',
    ],
    ...['{"__proto__":{"admin":true}}', '{"name":"x","constructor":{"prototype":{"admin":true}}}'],
    ...['['.repeat(100_000), '{"a":'.repeat(50_000), `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    Buffer.from([0x7b, 0xff, 0x7d]),
    Buffer.from([0x22, 0xe5, 0x22]),
    Buffer.from('{}', 'utf16le'),
  ];
  const routes = [...withBody.filter(({ path }) => path === '/v1/apps'), ...withBody];
  for (const [i, route] of routes.entries()) {
    // All of them on one route, some of them on each other one.
    for (const [n, body] of bodies.entries()) {
      if (i > 0 && n % 9 !== i % 9) continue;
      // No body at all is one for who needs none.
      if (i > 0 && body === '') continue;
      const response = await fetch(vault.url + route.path, {
        method: route.method,
        headers: { ...callerOf(route), 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : new Uint8Array(body),
      });
      const answer = { status: response.status, headers: response.headers, text: await response.text() };
      refusedWith({ ...answer, json: JSON.parse(answer.text) }, 'invalid_request');
    }
  }
  assert.equal((await vault.ok('GET', '/v1/apps')).items.length, 1, 'nothing was made');
  assert.equal(({} as Record<string, unknown>)['admin'], undefined);
});

test('A10, A11: request mode reads its body as strictly: what is judged is the only reading', async () => {
  const { api_key } = await vault.key();
  const { grant_id } = await vault.secret('api.example.com');
  const good = `"grant_id":"${grant_id}","method":"GET","url":"https://api.example.com/"`;
  const bodies = [
    `{${good},"url":"https://evil.example.com/"}`,
    `{${good},"__proto__":{"allow_release":true}}`,
    `{${good},"context":{"a":1,"a":2}}`,
    `{${good},"reason":"\\u0000"}`,
    `{${good},"caller":"\\ud800"}`,
    `{${good},"context":${'['.repeat(1000)}${']'.repeat(1000)}}`,
  ];
  for (const body of bodies) {
    refusedWith(await vault.api('POST', '/v1/requests', body, { token: api_key }), 'invalid_request');
  }
  const taken = await vault.api('POST', '/v1/requests', `{${good}}`, { token: api_key });
  assert.equal(taken.status, 200, taken.text);
});

test('A11: what is JSON but no object is refused', async () => {
  for (const route of withBody) {
    for (const body of ['null', 'true', '1', '"x"', '[]', '[{}]']) {
      refusedWith(await asCaller(route, body), 'invalid_request');
    }
  }
});

test('unknown fields are refused with their path, on every route that takes a body', async () => {
  for (const route of withBody) {
    refusedWith(await asCaller(route, { surprise: 1 }), 'invalid_request', 'surprise');
  }
  const secret = {
    name: 'x',
    credential_type: 'bearer',
    credential: { token: canary() },
    allowed_hosts: ['api.example.com'],
    injection: [{ in: 'header', name: 'X-Key', format: '{token}', extra: 1 }],
  };
  refusedWith(await vault.api('POST', SECRETS, secret), 'invalid_request', 'injection.0.extra');
  const { secret_id } = await vault.secret('api.example.com');
  const grant = { principal: { type: 'user', id: 'u', name: 'n' } };
  refusedWith(
    await vault.api('POST', `${SECRETS}/${secret_id}/grants`, grant),
    'invalid_request',
    'principal.name',
  );
});

test('numbers and texts at their edges are refused, not stored differently', async () => {
  const key = (more: object | string) =>
    vault.api('POST', '/v1/apps/default/keys', typeof more === 'string' ? more : { name: 'k', ...more });
  for (const per of ['1e309', '12345678901234567890', '0', '-1', '1.5', '"1"', 'null', '1000001']) {
    refusedWith(
      await key(`{"name":"k","requests_per_minute":${per}}`),
      'invalid_request',
      'requests_per_minute',
    );
  }
  const names = ['', ' x', 'x ', 'a\nb', 'a\u202eb', 'a\u0007b', 'x'.repeat(129), 'a\u2067b'];
  for (const name of names) refusedWith(await key({ name }), 'invalid_request', 'name');
  for (const name of ['-x', 'a b', 'ä', 'a/b', '', '.', GONE, 'x'.repeat(129)]) {
    refusedWith(await vault.api('POST', '/v1/apps', { name }), 'invalid_request', 'name');
  }
  for (const expires_at of [
    '2020-01-01T00:00:00Z',
    'tomorrow',
    '2099-01-01',
    '2099-13-01T00:00:00Z',
    4070908800,
  ]) {
    refusedWith(await key({ expires_at }), 'invalid_request', 'expires_at');
  }
  const cidrs = ['10.0.0.1/8', '010.0.0.1', '10.0.0.0/33', 'x', '::1/129', '2001:db8::1/32', ''];
  for (const cidr of cidrs) {
    refusedWith(await key({ ip_allowlist: ['127.0.0.1', cidr] }), 'invalid_request', 'ip_allowlist.1');
  }
  refusedWith(await key({ ip_allowlist: [] }), 'invalid_request', 'ip_allowlist');
  refusedWith(await key({ kind: 'agent' }), 'invalid_request', 'agent_id');
  const { secret_id } = await vault.secret('api.example.com');
  const grant = (body: object) => vault.api('POST', `${SECRETS}/${secret_id}/grants`, body);
  refusedWith(
    await grant({ ttl_seconds: 60, expires_at: '2099-01-01T00:00:00Z' }),
    'invalid_request',
    'ttl_seconds',
  );
  refusedWith(await grant({ ttl_seconds: 0 }), 'invalid_request', 'ttl_seconds');
  refusedWith(await grant({ principal: { type: 'user' } }), 'invalid_request', 'principal.id');
  refusedWith(await grant({ principal: { type: 'system', id: 'x' } }), 'invalid_request', 'principal.id');
  refusedWith(
    await grant({ principal: { type: 'agent', id: 'no-uuid' } }),
    'invalid_request',
    'principal.id',
  );
});

test('only JSON is read: another or no content type is refused, and so is a content coding', async () => {
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/json',
  ];
  for (const route of withBody) {
    for (const type of types) {
      const answer = await asCaller(route, '{"name":"by-form"}', { 'Content-Type': type });
      refusedWith(answer, 'invalid_request', 'body');
    }
  }
  const withCharset = await vault.api('POST', '/v1/apps', '{"name":"utf8"}', {
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
  });
  assert.equal(withCharset.status, 201);
});

test('an empty body is refused where something is needed, and enough where nothing is', async () => {
  for (const path of ['/v1/apps', '/v1/tokens', '/v1/members', SECRETS]) {
    const answer = await vault.api('POST', path);
    refusedWith(answer, 'invalid_request', path === '/v1/members' ? 'email' : 'name');
    refusedWith(
      await vault.api('POST', path, undefined, { headers: { 'Content-Type': 'application/json' } }),
      'invalid_request',
    );
  }
  const { grant_id } = await vault.secret('api.example.com');
  const clone = await vault.api('POST', `/v1/grants/${grant_id}/clone`);
  assert.equal(clone.status, 201, clone.text);
  const revoked = await vault.api('POST', `/v1/grants/${grant_id}/revoke`);
  assert.deepEqual(revoked.json.clones_revoked, [clone.json.grant_id]);
});

test('a body over the limit is payload_too_large, announced or not', async () => {
  const big = JSON.stringify({ name: 'x', filler: 'y'.repeat(600_000) });
  refusedWith(await vault.api('POST', '/v1/apps', big), 'payload_too_large');
  const response = await fetch(`${vault.url}/v1/apps`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${vault.token}`, 'Content-Type': 'application/json' },
    body: new Blob([big]).stream(),
    duplex: 'half',
  });
  assert.equal(response.status, 413);
  const tooMany = { name: 'x', credential_type: 'bearer', allowed_hosts: ['a.example.com'] };
  const answer = await vault.api('POST', SECRETS, { ...tooMany, credential: { token: 'x'.repeat(65_537) } });
  refusedWith(answer, 'invalid_request', 'credential.token');
});

test('a method that is not there, or a path that is none, is not_found in the one shape', async () => {
  for (const [method, path] of [
    ['PUT', '/v1/apps'],
    ['DELETE', '/v1/apps'],
    ['PATCH', '/v1/apps/default/keys'],
    ['OPTIONS', '/v1/apps'],
    ['PROPFIND', '/v1/apps'],
    ['GET', '/v1/requests'],
    ['GET', '/v1/requests/outcomes'],
    ['GET', '/v1/Apps'],
    ['GET', '/v1/apps/'],
    ['GET', '/v1//apps'],
    ['GET', '/v1/apps/default/secrets/a/b/c'],
    ['GET', '/v2/apps'],
    ['GET', '/__proto__'],
    ['POST', '/healthz'],
  ] as const) {
    refusedWith(await vault.api(method, path), 'not_found');
  }
});

test('ids and names that are none are refused, never 500', async () => {
  const ids = ['x', '1', '-', "'%20OR%201=1", '%00', '%ED%A0%80', 'null', 'undefined', `${GONE}0`];
  ids.push(`${GONE}%00`, GONE.replaceAll('-', ''), `{${GONE}}`, '__proto__', 'x'.repeat(300), '%F0%9F%98%80');
  const routes = Object.values(ENDPOINTS).filter(({ path }) => path.includes('_id'));
  const { api_key } = await vault.key();
  for (const { method, path, permission, ...rest } of routes) {
    const options =
      'sessionOnly' in rest
        ? { token: null, headers: owner }
        : { token: permission === 'api_key' ? api_key : vault.token };
    for (const id of ids) {
      const at = pathAt(path, 'default', id);
      const body = ['GET', 'DELETE'].includes(method) ? undefined : {};
      const answer = await vault.api(method, at, body, options);
      assert.equal(answer.status, 400, `${method} ${at}: ${answer.text}`);
    }
  }
  for (const name of [...ids, 'x'.repeat(128), 'x'.repeat(129), 'x'.repeat(1000)]) {
    for (const list of ['keys', 'agents', 'secrets', 'grants', 'audit']) {
      const answer = await vault.api('GET', `/v1/apps/${name}/${list}`);
      assert.ok([400, 404].includes(answer.status), `${list} of ${name}: ${answer.text}`);
    }
  }
  for (const path of ['/%', '/v1/apps/%zz/keys', '/v1/apps/%c0%af/keys']) {
    refusedWith(await vault.api('GET', path), 'invalid_request');
  }
});

test('P8: each code that the control plane gives is provoked once and answers with a hint', async () => {
  const given = new Map<string, Answer>();
  const note = (answer: Answer): void => {
    const { code, hint, message } = answer.json.error;
    assert.ok(hint.length > 10 && message.length > 10);
    assert.equal(answer.status, ERRORS[code as keyof typeof ERRORS].status);
    given.set(code, answer);
  };
  const auditor = await vault.ok('POST', '/v1/tokens', { name: 'a', scopes: ['audit:read'] });
  note(await vault.api('POST', '/v1/apps', {}));
  note(await vault.api('GET', '/v1/apps', undefined, { token: null }));
  note(await vault.api('GET', '/v1/apps', undefined, { token: auditor.token }));
  note(await vault.api('GET', '/v1/apps/none/keys'));
  note(await vault.api('POST', '/v1/apps', { name: 'default' }));
  note(await vault.api('POST', '/v1/apps', `{"name":"${'x'.repeat(600_000)}"}`));
  const first = await vault.secret('api.example.com');
  await vault.ok('POST', `/v1/grants/${first.grant_id}/revoke`, {});
  note(await vault.api('POST', `/v1/grants/${first.grant_id}/clone`, {}));
  const brief = await vault.ok('POST', `${SECRETS}/${first.secret_id}/grants`, { ttl_seconds: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  note(await vault.api('POST', `/v1/grants/${brief.grant_id}/clone`, {}));
  for (let i = 0; i < 6; i += 1) {
    const answer = await vault.api('POST', '/v1/session', { email: 'nobody@example.com', password: 'wrong' });
    if (i === 5) note(answer);
  }
  assert.match(given.get('rate_limited')?.headers.get('retry-after') ?? '', /^\d+$/);
  // A row that was edited behind the vault's back.
  const database = (await testPostgres()).superuserUrl.replace(
    /\/[^/]*$/,
    `/${new URL(vault.urls.ownerUrl).pathname.slice(1)}`,
  );
  await sql(database, "UPDATE access_tokens SET scopes = '{secrets:write}' WHERE token_id = $1", [
    auditor.token_id,
  ]);
  note(await vault.api('GET', '/v1/apps', undefined, { token: auditor.token }));
  // Something that nobody thought of, and a database that is gone.
  await sql(database, 'ALTER TABLE last_uses RENAME TO last_uses_gone');
  const internal = await vault.api('GET', '/v1/apps/default/secrets');
  note(internal);
  assert.doesNotMatch(internal.text, /last_uses|relation|select/i);
  await sql(database, 'ALTER TABLE last_uses_gone RENAME TO last_uses');
  assert.deepEqual(
    [...given.keys()].toSorted(),
    [
      'conflict',
      'grant_expired',
      'grant_revoked',
      'insufficient_scope',
      'integrity_error',
      'internal',
      'invalid_request',
      'not_found',
      'payload_too_large',
      'rate_limited',
      'unauthenticated',
    ].toSorted(),
  );
});

test('what is no HTTP is refused in the one shape, and the connection closed', async () => {
  const socket = connect({ port: Number(new URL(vault.url).port), host: '127.0.0.1' });
  socket.end('GET /v1/apps HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /^HTTP\/1\.1 400 /);
  assert.match(text, /"code":"invalid_request"/);
});
