/** Managed secrets are write-only: no value comes out anywhere; what lets one go further needs it again; grants end as they must. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { CATALOG } from '@alter-vault/catalog';
import { ENDPOINTS, type Endpoint } from '@alter-vault/contract';
import { isRoleField } from '@alter-vault/contract/role-fields';
import { sql } from './postgres.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import {
  canary,
  pathAt,
  startVault,
  stopPostgres,
  testPostgres,
  type Answer,
  type TestVault,
} from './vault.ts';

let vault: TestVault;
let upstream: Upstream;
let tls: Upstream;
let key: string;

const TLS_HOST = 'gitlab.upstream.test';

before(async () => {
  upstream = await startUpstream();
  tls = await startUpstream({ tls: true });
  vault = await startVault({
    env: {
      ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/ca.pem', import.meta.url)),
      ALTER_EGRESS_RESOLVE: `${TLS_HOST}:443=127.0.0.1:${tls.port}`,
    },
  });
  key = (await vault.key()).api_key;
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await tls?.stop();
  await stopPostgres();
});

const SECRETS = '/v1/apps/default/secrets';
let count = 0;
const name = (): string => `secret-${(count += 1)}`;

async function databaseUrl(): Promise<string> {
  const url = new URL((await testPostgres()).superuserUrl);
  url.pathname = new URL(vault.urls.ownerUrl).pathname;
  return url.href;
}

/** Every row of every table, as text; bytes as hex. */
async function dump(): Promise<string> {
  const url = await databaseUrl();
  const tables = await sql(
    url,
    "SELECT quote_ident(relname) AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
  );
  assert.ok(tables.length > 15);
  const rows = await Promise.all(
    tables.map((table) => sql(url, `SELECT t::text AS row FROM ${String(table['name'])} AS t`)),
  );
  return rows
    .flat()
    .map((row) => String(row['row']))
    .join('\n');
}

/** The forms in which a value could lie about. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    [...value].toReversed().join(''),
    encodeURIComponent(value),
  ];
}

function assertNowhere(where: string, text: string, values: Iterable<string>): void {
  const lower = text.toLowerCase();
  for (const value of values)
    for (const form of formsOf(value))
      assert.ok(!lower.includes(form.toLowerCase()), `a value is in ${where}`);
}

test('I1, W7: no value of any type or template is in any answer, event, export, log line or row', async () => {
  const planted: string[] = [];
  const plant = (): string => {
    const value = canary();
    planted.push(value);
    return value;
  };
  const answers: Answer[] = [];
  const call = async (...args: Parameters<TestVault['api']>): Promise<Answer> => {
    const answer = await vault.api(...args);
    answers.push(answer);
    return answer;
  };
  const own = { allowed_hosts: [upstream.host] };
  const credentials: readonly [string, Record<string, string>][] = [
    ['bearer', { token: plant() }],
    ['api_key', { token: plant(), tenant: plant(), other: plant() }],
    ['basic', { username: plant(), password: plant() }],
    ['aws_sigv4', { access_key_id: plant(), secret_access_key: plant(), session_token: plant() }],
  ];
  const ids: string[] = [];
  for (const [credential_type, credential] of credentials) {
    const made = await call('POST', SECRETS, { name: name(), credential_type, credential, ...own });
    assert.equal(made.status, 201, made.text);
    ids.push(made.json.secret_id);
  }
  for (const template of CATALOG) {
    const variables = Object.fromEntries(template.variables.map((one) => [one.name, one.example]));
    const credential = Object.fromEntries(
      template.fields
        .filter((field) => !isRoleField(field.name))
        .map((field) => [field.name, field.address?.example ?? (field.secret ? plant() : 'eu-west-1')]),
    );
    const body = { name: name(), template: template.id, variables, credential };
    // Templates without hosts of their own leave them to the operator.
    const needsHosts = template.category === 'custom';
    const made = await call('POST', SECRETS, {
      ...body,
      ...(needsHosts ? { allowed_hosts: ['api.example.com'] } : {}),
    });
    assert.equal(made.status, 201, `${template.id}: ${made.text}`);
    ids.push(made.json.secret_id);
  }
  for (const secret_id of ids) await call('GET', `${SECRETS}/${secret_id}`);
  const first = `${SECRETS}/${ids[0]}`;
  await call('PATCH', first, { delivery: 'proxy_only', credential: { token: plant() } });
  await call('PUT', `${first}/credential`, { credential: { token: plant() } });
  await call('POST', `${first}/grants`, { label: 'x' });
  // Refused ones too: nothing that was sent comes back in the reason.
  const refused: readonly [string, string, object][] = [
    [
      'POST',
      SECRETS,
      { name: 'bad name!', credential_type: 'bearer', credential: { token: plant() }, ...own },
    ],
    ['POST', SECRETS, { name: name(), credential_type: 'bearer', credential: { token: plant() } }],
    [
      'POST',
      SECRETS,
      { name: name(), credential_type: 'bearer', credential: { token: `${plant()}\n` }, ...own },
    ],
    [
      'POST',
      SECRETS,
      { name: name(), credential_type: 'bearer', credential: { token: `${plant()}\u0000` }, ...own },
    ],
    ['POST', SECRETS, { name: name(), credential_type: 'bearer', credential: { token: [plant()] }, ...own }],
    ['POST', SECRETS, { name: name(), credential_type: plant(), credential: { token: 'x' }, ...own }],
    ['POST', SECRETS, { name: name(), credential_type: 'bearer', credential: plant(), ...own }],
    [
      'POST',
      SECRETS,
      {
        name: name(),
        credential_type: 'basic',
        credential: { username: `${plant()}:`, password: plant() },
        ...own,
      },
    ],
    [
      'POST',
      SECRETS,
      {
        name: name(),
        credential_type: 'aws_sigv4',
        credential: { access_key_id: `${plant()}/`, secret_access_key: `${plant()} x` },
        ...own,
      },
    ],
    ['POST', SECRETS, { name: name(), template: 'openai', credential: { token: 'x', extra: plant() } }],
    ['PUT', `${first}/credential`, { credential: { token: `${plant()}é\u0007` } }],
    ['PATCH', first, { credential: { token: `${plant()}****` } }],
    ['PUT', `${first}/credential`, { credential: { tokens: plant() } }],
  ];
  for (const [method, path, body] of refused) {
    const answer = await call(method, path, body);
    assert.equal(
      answer.json.error.code,
      'invalid_request',
      JSON.stringify(body).replaceAll(/"[\w-]{40}/g, '"…'),
    );
  }
  const broken = `{"name":"x","credential_type":"bearer","credential":{"token":"${plant()}"`;
  assert.equal((await call('POST', SECRETS, broken)).status, 400);
  const endpoints: readonly Endpoint[] = Object.values(ENDPOINTS);
  for (const endpoint of endpoints) {
    // A stream has no end; what it tells of is in the lists.
    if (endpoint.method !== 'GET' || endpoint.mediaType === 'text/event-stream') continue;
    const path = pathAt(endpoint.path, 'default', ids[0] ?? '');
    await call('GET', path);
    if (Object.hasOwn(endpoint.query?.shape ?? {}, 'limit')) await call('GET', `${path}?limit=200`);
  }
  await call('GET', '/v1/apps/default/audit/export?format=csv');
  await call('GET', '/readyz');
  assert.ok(answers.length > 300);
  for (const { text, headers } of answers) {
    assertNowhere('an answer', text, planted);
    assertNowhere('a header', JSON.stringify([...headers]), planted);
  }
  assertNowhere('the log', vault.log(), planted);
  const rows = await dump();
  assertNowhere('the database', rows, planted);
  assert.ok(rows.includes('secret-1'), 'the dump does show what lies there in clear');
});

test('W7: a masked value is refused, so that a form that is sent back changes nothing', async () => {
  const { secret_id } = await vault.secret(upstream.host);
  const masks = ['****', '••••••••', '[secret]', '<redacted>', 'sk-…………abcd', '********abcd', '*', '●●●●'];
  for (const token of masks) {
    for (const [method, path] of [
      ['PUT', `${SECRETS}/${secret_id}/credential`],
      ['PATCH', `${SECRETS}/${secret_id}`],
    ] as const) {
      const answer = await vault.api(method, path, { credential: { token } });
      assert.equal(answer.json?.error?.issues?.[0].path, 'credential.token', token);
    }
  }
  assert.equal((await vault.ok('GET', `${SECRETS}/${secret_id}`)).version, 1);
});

test('I6: limits of AWS signing are tightened without the credential, and widened with it only', async () => {
  const rule = {
    in: 'aws_sigv4',
    service: 's3',
    regions: ['eu-west-1', 'eu-central-1'],
    presign_seconds_max: 900,
  };
  const { secret_id, grant_id } = await vault.secret(
    upstream.host,
    { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: canary(), region: 'eu-west-1' },
    { credential_type: 'aws_sigv4', injection: [rule] },
  );
  const at = `${SECRETS}/${secret_id}`;
  const change = (more: object): Promise<Answer> =>
    vault.api('PATCH', at, { injection: [{ ...rule, ...more }] });
  for (const wider of [
    { regions: ['eu-west-1', 'us-east-1'] },
    { regions: undefined },
    { presign_seconds_max: 901 },
    { presign_seconds_max: undefined },
    { service: 'sqs' },
    { region: 'eu-west-1' },
  ]) {
    const refused = await change(wider);
    assert.equal(refused.json?.error?.code, 'invalid_request', JSON.stringify(wider));
    assert.deepEqual(
      refused.json.error.issues.map(({ path }: { path: string }) => path),
      ['injection'],
    );
  }
  assert.equal((await callWith(grant_id)).status, 200);
  const tighter = await change({ services: ['s3'], regions: ['eu-central-1'], presign_seconds_max: 0 });
  assert.equal(tighter.status, 200, tighter.text);
  assert.equal(tighter.json.version, 1);
  assert.equal((await callWith(grant_id)).json.error.code, 'host_not_allowed', 'I12: from this answer on');
  assert.equal((await change({})).status, 400, 'what was tightened is not widened back');
});

const callWith = (grantId: string, origin = upstream.origin): Promise<Answer> =>
  vault.proxy(key, grantId, `${origin}/x`);

test('I1, I6: each kind of widening needs the credential again, and with it makes a new version', async () => {
  const [before_, after_] = [canary(), canary()];
  const injection = [{ in: 'header', name: 'X-Key', format: '{token}' }];
  const widenings: readonly [{ allowed_hosts?: string[]; [field: string]: unknown }, string][] = [
    [{ allowed_hosts: [upstream.host, 'api.example.com'] }, 'allowed_hosts'],
    [{ allowed_hosts: ['api.example.com'] }, 'allowed_hosts'],
    [{ allowed_hosts: ['*.example.com'] }, 'allowed_hosts'],
    [{ allowed_hosts: ['*'], allow_any_host: true }, 'allow_any_host'],
    [{ injection }, 'injection'],
    [{ delivery: 'any' }, 'delivery'],
  ];
  for (const [change, path] of widenings) {
    const { secret_id, grant_id } = await vault.secret(
      upstream.host,
      { token: before_ },
      { delivery: 'proxy_only' },
    );
    const at = `${SECRETS}/${secret_id}`;
    const stored = await vault.ok('GET', at);
    const refused = await vault.api('PATCH', at, change);
    assert.equal(refused.json?.error?.code, 'invalid_request', path);
    assert.ok(
      refused.json.error.issues.some((issue: { path: string }) => issue.path === path),
      refused.text,
    );
    assert.match(refused.json.error.hint, /credential/);
    assert.deepEqual(await vault.ok('GET', at), { ...stored, last_used_at: null }, 'nothing changed');
    const widened = await vault.ok('PATCH', at, { ...change, credential: { token: after_ } });
    assert.equal(widened.version, 2);
    const isElsewhere = change.allowed_hosts !== undefined && !change.allowed_hosts.includes(upstream.host);
    const answer = await callWith(grant_id);
    assert.equal(answer.status, isElsewhere ? 403 : 200, `${path}: ${answer.text}`);
    if (!isElsewhere) {
      const headers = upstream.requests.at(-1)?.headers ?? {};
      assert.equal(
        path === 'injection' ? headers['x-key'] : headers['authorization'],
        path === 'injection' ? after_ : `Bearer ${after_}`,
      );
    }
  }
});

test('I6: narrowing needs no credential, and the grant goes on with what was re-wrapped', async () => {
  const token = canary();
  const { secret_id, grant_id } = await vault.secret(
    upstream.host,
    { token },
    {
      allowed_hosts: [upstream.host, '*.example.com', 'other.example.org'],
    },
  );
  const at = `${SECRETS}/${secret_id}`;
  const narrowings = [
    { allowed_hosts: [upstream.host, 'a.example.com'] },
    { allowed_hosts: [upstream.host] },
    { delivery: 'proxy_only' },
    { name: name() },
    { rotate_by: '2031-01-01T00:00:00Z' },
    {},
  ];
  for (const change of narrowings) {
    const changed = await vault.ok('PATCH', at, change);
    assert.equal(changed.version, 1);
    const answer = await callWith(grant_id);
    assert.equal(answer.status, 200, `${JSON.stringify(change)}: ${answer.text}`);
    assert.equal(upstream.requests.at(-1)?.headers['authorization'], `Bearer ${token}`);
  }
  const gone = await vault.proxy(key, grant_id, 'https://other.example.org/');
  assert.equal(gone.json.error.code, 'host_not_allowed');
  const release = await vault.release(key, { grant_id, method: 'GET', url: `${upstream.origin}/` });
  assert.equal(release.json.error.code, 'proxy_required');
});

test('any host narrows to some without the credential, and says that it was any', async () => {
  const token = canary();
  const asked = await vault.api('POST', SECRETS, {
    name: name(),
    credential_type: 'bearer',
    credential: { token },
    allowed_hosts: ['*'],
  });
  assert.equal(asked.json.error.code, 'invalid_request');
  const made = await vault.ok('POST', SECRETS, {
    name: name(),
    credential_type: 'bearer',
    credential: { token },
    allowed_hosts: ['*'],
    allow_any_host: true,
  });
  assert.equal(made.warnings.length, 1);
  const at = `${SECRETS}/${made.secret_id}`;
  assert.equal(
    (await vault.api('PATCH', at, { allow_any_host: false })).json.error.issues[0].path,
    'allowed_hosts',
  );
  const narrowed = await vault.ok('PATCH', at, { allow_any_host: false, allowed_hosts: [TLS_HOST] });
  assert.deepEqual([narrowed.version, narrowed.warnings], [1, []]);
  tls.behave((_request, response) => response.end('here'));
  assert.equal((await callWith(made.grant_id, `https://${TLS_HOST}`)).status, 200);
  assert.equal(tls.requests.at(-1)?.headers['authorization'], `Bearer ${token}`);
  const elsewhere = await callWith(made.grant_id, 'https://api.example.com');
  assert.equal(elsewhere.json.error.code, 'host_not_allowed');
});

test('rotation keeps the grants, takes the new value at once, and shreds the old', async () => {
  const [old, fresh] = [canary(), canary()];
  const { secret_id, grant_id } = await vault.secret(upstream.host, { token: old });
  assert.equal((await callWith(grant_id)).status, 200);
  const rotated = await vault.ok('PUT', `${SECRETS}/${secret_id}/credential`, {
    credential: { token: fresh },
  });
  assert.deepEqual(rotated, { secret_id, version: 2 });
  assert.equal((await callWith(grant_id)).status, 200);
  assert.equal(upstream.requests.at(-1)?.headers['authorization'], `Bearer ${fresh}`);
  const wrong = await vault.api('PUT', `${SECRETS}/${secret_id}/credential`, {
    credential: { username: 'x' },
  });
  assert.equal(wrong.json.error.code, 'invalid_request');
});

test('I9, I12: deleting shreds the ciphertext, and its grants answer as if they had never been', async () => {
  const { secret_id, grant_id } = await vault.secret(upstream.host);
  const clone = await vault.ok('POST', `/v1/grants/${grant_id}/clone`, {});
  await vault.ok('DELETE', `${SECRETS}/${secret_id}`);
  const rows = await sql(await databaseUrl(), 'SELECT 1 FROM secret_versions WHERE secret_id = $1', [
    secret_id,
  ]);
  assert.equal(rows.length, 0);
  for (const grant of [grant_id, clone.grant_id]) {
    assert.equal((await callWith(grant)).json.error.code, 'not_found');
    assert.equal((await vault.api('GET', `/v1/grants/${grant}`)).status, 404);
  }
  assert.deepEqual((await vault.ok('GET', `/v1/apps/default/grants?secret_id=${secret_id}`)).items, []);
  assert.equal((await vault.api('DELETE', `${SECRETS}/${secret_id}`)).status, 404);
});

test('a clone never outlives its source', async () => {
  const { secret_id } = await vault.secret(upstream.host);
  const at = new Date(Date.now() + 3_600_000).toISOString();
  const source = await vault.ok('POST', `${SECRETS}/${secret_id}/grants`, { expires_at: at });
  const clone = (body: object): Promise<Answer> =>
    vault.api('POST', `/v1/grants/${source.grant_id}/clone`, body);
  assert.equal((await clone({})).json.expires_at, at, 'by default, what the source has left');
  assert.ok((await clone({ ttl_seconds: 60 })).json.expires_at < at);
  for (const body of [{ ttl_seconds: 7200 }, { expires_at: '2099-01-01T00:00:00Z' }]) {
    const answer = await clone(body);
    assert.equal(answer.json.error.code, 'invalid_request', answer.text);
  }
  const second = (await clone({ ttl_seconds: 60 })).json;
  const third = await vault.api('POST', `/v1/grants/${second.grant_id}/clone`, { ttl_seconds: 120 });
  assert.equal(third.json.error.code, 'invalid_request', 'nor a clone of a clone');
});

test('I12: a revoke takes all clones with it, however many and deep, and holds at once', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const all = [grant_id];
  for (let i = 0; i < 24; i += 1) {
    const from = all[i % 3 === 0 ? all.length - 1 : 0];
    all.push((await vault.ok('POST', `/v1/grants/${from}/clone`, {})).grant_id);
  }
  const deepest = all.at(-1) ?? '';
  assert.equal((await callWith(deepest)).status, 200);
  const revoked = await vault.ok('POST', `/v1/grants/${grant_id}/revoke`, { reason: 'over' });
  assert.deepEqual(revoked.clones_revoked.toSorted(), all.slice(1).toSorted());
  for (const grant of [grant_id, deepest])
    assert.equal((await callWith(grant)).json.error.code, 'grant_revoked');
  const events = await vault.audit({ kind: 'grant.revoked' });
  assert.equal(
    events.filter((event) => all.includes(event.grant_id)).length,
    all.length,
    'an event for each',
  );
  const again = await vault.ok('POST', `/v1/grants/${grant_id}/revoke`, {});
  assert.deepEqual([again.revoke_reason, again.clones_revoked], ['over', []]);
});

test('I12: an expired grant ends calls at its moment', async () => {
  const { secret_id } = await vault.secret(upstream.host);
  const grant = await vault.ok('POST', `${SECRETS}/${secret_id}/grants`, { ttl_seconds: 1 });
  assert.equal((await callWith(grant.grant_id)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal((await callWith(grant.grant_id)).json.error.code, 'grant_expired');
  assert.equal((await vault.ok('GET', `/v1/grants/${grant.grant_id}`)).status, 'expired');
});

test('A16, I9: an agent reaches its own grants only, and is gone with its keys and grants', async () => {
  const { secret_id, grant_id } = await vault.secret(upstream.host);
  const agent = await vault.ok('POST', '/v1/apps/default/agents', { name: 'agent-of-grants' });
  const other = await vault.ok('POST', '/v1/apps/default/agents', { name: 'another-agent' });
  const agentKey = (await vault.key({ agent_id: agent.agent_id })).api_key;
  const bound = (id: string) =>
    vault.ok('POST', `${SECRETS}/${secret_id}/grants`, { principal: { type: 'agent', id } });
  const mine = await bound(agent.agent_id);
  const theirs = await bound(other.agent_id);
  const user = await vault.ok('POST', `${SECRETS}/${secret_id}/grants`, {
    principal: { type: 'user', id: 'u' },
  });
  const call = async (who: string, grant: string): Promise<string> => {
    const answer = await vault.proxy(who, grant, `${upstream.origin}/`);
    return answer.status === 200 ? 'ok' : answer.json.error.code;
  };
  assert.deepEqual(
    await Promise.all([mine, theirs, { grant_id }, user].map((grant) => call(agentKey, grant.grant_id))),
    ['ok', 'not_found', 'not_found', 'not_found'],
  );
  assert.deepEqual(
    await Promise.all([mine, theirs, { grant_id }, user].map((grant) => call(key, grant.grant_id))),
    ['not_found', 'not_found', 'ok', 'ok'],
  );
  const release = await vault.release(agentKey, {
    grant_id: mine.grant_id,
    method: 'GET',
    url: upstream.origin,
  });
  assert.equal(release.json.error.code, 'proxy_required');
  const trusted = (await vault.key({ agent_id: agent.agent_id, allow_release: true })).api_key;
  assert.equal(
    (await vault.release(trusted, { grant_id: mine.grant_id, method: 'GET', url: upstream.origin })).status,
    200,
  );
  await vault.ok('DELETE', `/v1/apps/default/agents/${agent.agent_id}`);
  assert.equal(await call(agentKey, mine.grant_id), 'unauthenticated');
  assert.equal((await vault.ok('GET', `/v1/grants/${mine.grant_id}`)).status, 'revoked');
  assert.equal((await vault.ok('GET', `/v1/grants/${theirs.grant_id}`)).status, 'active');
});

test('a key keeps to its addresses, its time, its rate, and to proxy mode where it must', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const call = (api_key: string): Promise<Answer> => vault.proxy(api_key, grant_id, `${upstream.origin}/`);
  const here = await vault.key({ ip_allowlist: ['127.0.0.0/8'] });
  const elsewhere = await vault.key({ ip_allowlist: ['10.0.0.0/8', '2001:db8::/32'] });
  assert.equal((await call(here.api_key)).status, 200);
  assert.equal((await call(elsewhere.api_key)).json.error.code, 'unauthenticated');
  const slow = await vault.key({ requests_per_minute: 2 });
  const statuses: number[] = [];
  for (let i = 0; i < 8; i += 1) statuses.push((await call(slow.api_key)).status);
  assert.deepEqual([...new Set(statuses)].toSorted(), [200, 429]);
  const sealed = await vault.key({ allow_release: false });
  assert.equal((await call(sealed.api_key)).status, 200);
  const release = await vault.release(sealed.api_key, { grant_id, method: 'GET', url: upstream.origin });
  assert.equal(release.json.error.code, 'proxy_required');
  const brief = await vault.key({ expires_at: new Date(Date.now() + 1000).toISOString() });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal((await call(brief.api_key)).json.error.code, 'unauthenticated');
  await vault.ok('DELETE', `/v1/apps/default/keys/${here.key_id}`);
  assert.equal((await call(here.api_key)).json.error.code, 'unauthenticated');
  const { items } = await vault.ok('GET', '/v1/apps/default/keys?limit=200');
  const listed = items.find(({ key_id }: { key_id: string }) => key_id === here.key_id);
  assert.ok(listed.revoked_at !== null && !('api_key' in listed) && !('key_hash' in listed));
});

test('I4, I7: the test call of a template goes where it is bound, over checked TLS, and is audited', async () => {
  const token = canary();
  const made = await vault.ok('POST', SECRETS, {
    name: name(),
    template: 'gitlab',
    variables: { host: TLS_HOST },
    credential: { token },
  });
  const verify = async (): Promise<Record<string, unknown>> =>
    vault.ok('POST', `${SECRETS}/${made.secret_id}/verify`);
  tls.behave((_request, response) => response.end('{"id":1}'));
  assert.deepEqual(await verify(), { ok: true, status_code: 200, code: null });
  assert.ok(JSON.stringify(tls.requests.at(-1)?.rawHeaders).includes(token));
  tls.behave((_request, response) => {
    response.statusCode = 401;
    response.end(`wrong: ${token}`);
  });
  assert.deepEqual(await verify(), { ok: false, status_code: 401, code: null });
  tls.behave((request) => request.socket.destroy());
  assert.deepEqual(await verify(), { ok: false, status_code: null, code: 'upstream_unreachable' });
  const events = await vault.audit({ secret_id: made.secret_id, mode: 'proxy' });
  assert.deepEqual(events.map(({ kind }) => kind).toSorted(), [
    ...Array.from({ length: 3 }, () => 'call.authorized'),
    ...Array.from({ length: 3 }, () => 'call.completed'),
  ]);
  assert.ok(!JSON.stringify(events).includes(token));
  assert.ok(!vault.log().includes(token));
});
