/** The control plane endpoint by endpoint: what each takes and gives (WIRE §4–§7), page by page, and nothing beyond the contract. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ENDPOINTS, schemas } from '@alter-vault/contract';
import { z } from 'zod';
import { newId } from '../packages/server/src/ids.ts';
import { Outbox } from '../packages/server/src/notify/outbox.ts';
import { asSession, newMember, signIn, stepUp } from './sessions.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, pathAt, startVault, stopPostgres, type TestVault } from './vault.ts';

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

const GONE = '01900000-0000-7000-8000-000000000000';
const bearer = (name: string) => ({
  name,
  credential_type: 'bearer',
  credential: { token: canary() },
  allowed_hosts: ['api.example.com'],
});

const hook = (name: string) => ({ name, type: 'webhook', url: 'https://hooks.example.com/x' });
const noDeletes = { type: 'request', effect: 'deny', methods: ['DELETE'] };

/** The answer has exactly the fields of the contract: a schema that refuses unknown ones takes it. */
function isExactly(schema: z.ZodType, value: unknown): void {
  const strict = z.fromJSONSchema(closed(z.toJSONSchema(schema, { io: 'output' })));
  const parsed = strict.safeParse(value);
  assert.ok(parsed.success, `${JSON.stringify(value)}: ${parsed.error?.message}`);
}
const closed = (schema: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.JSONSchema =>
  JSON.parse(JSON.stringify(schema));

test('the check for exact shapes fails on a field that the contract does not have', () => {
  const app = { app_id: GONE, name: 'x', created_at: '2026-01-01T00:00:00.000Z' };
  isExactly(schemas.app, app);
  assert.throws(() => isExactly(schemas.app, { ...app, digest: '' }));
  assert.throws(() => isExactly(schemas.app, { ...app, created_at: 1 }));
  assert.throws(() =>
    isExactly(schemas.pageOf(schemas.app), { items: [{ ...app, mac: '' }], next_cursor: null }),
  );
});

test('what is made answers 201 with the whole thing, and reads back the same', async () => {
  const api: TestVault['api'] = (...args) => vault.api(...args);
  const app = await api('POST', '/v1/apps', { name: 'shapes' });
  assert.equal(app.status, 201);
  isExactly(schemas.app, app.json);

  const agent = await api('POST', '/v1/apps/shapes/agents', {
    name: 'mailer',
    display_name: 'The mailer',
    metadata: { team: 'growth' },
  });
  assert.equal(agent.status, 201);
  isExactly(schemas.agent, agent.json);
  const at = `/v1/apps/shapes/agents/${agent.json.agent_id}`;
  assert.deepEqual(await vault.ok('GET', at), agent.json);
  const renamed = await api('PATCH', at, { name: 'sender', display_name: null });
  assert.deepEqual(renamed.json, { ...agent.json, name: 'sender', display_name: null });

  const key = await api('POST', '/v1/apps/shapes/keys', {
    name: 'ci',
    agent_id: agent.json.agent_id,
    ip_allowlist: ['127.0.0.0/8', '2001:db8::/32'],
    requests_per_minute: 60,
    expires_at: '2099-01-01T00:00:00+01:00',
  });
  assert.equal(key.status, 201);
  isExactly(schemas.keyCreated, key.json);
  assert.match(key.json.api_key, /^alter_key_agent_[\w-]{91}$/);
  assert.equal(key.json.kind, 'agent');
  assert.equal(key.json.allow_release, false, 'an agent key releases nothing unless told otherwise');
  assert.equal(key.json.expires_at, '2098-12-31T23:00:00.000Z');

  const secret = await api('POST', '/v1/apps/shapes/secrets', {
    ...bearer('whole'),
    delivery: 'proxy_only',
    rotate_by: '2030-01-01T00:00:00Z',
    base_url: 'https://api.example.com/v1',
  });
  assert.equal(secret.status, 201);
  isExactly(schemas.secretCreated, secret.json);
  const { grant_id, ...read } = secret.json;
  assert.deepEqual(await vault.ok('GET', `/v1/apps/shapes/secrets/${read.secret_id}`), read);

  const grants = `/v1/apps/shapes/secrets/${read.secret_id}/grants`;
  const grant = await api('POST', grants, {
    principal: { type: 'user', id: 'u-1' },
    label: 'one',
    ttl_seconds: 60,
  });
  assert.equal(grant.status, 201);
  isExactly(schemas.grant, grant.json);
  assert.deepEqual(await vault.ok('GET', `/v1/grants/${grant.json.grant_id}`), grant.json);

  const clone = await api('POST', `/v1/grants/${grant_id}/clone`, { label: 'a clone', ttl_seconds: 60 });
  assert.equal(clone.status, 201);
  isExactly(schemas.grant, clone.json);
  assert.equal(clone.json.cloned_from, grant_id);

  const revoked = await api('POST', `/v1/grants/${grant_id}/revoke`, { reason: 'done' });
  assert.equal(revoked.status, 200);
  isExactly(schemas.grantRevoked, revoked.json);
  assert.deepEqual(revoked.json.clones_revoked, [clone.json.grant_id]);

  const rotated = await api('PUT', `/v1/apps/shapes/secrets/${read.secret_id}/credential`, {
    credential: { token: canary() },
  });
  assert.equal(rotated.status, 200);
  assert.deepEqual(rotated.json, { secret_id: read.secret_id, version: 2 });

  const policy = await api('POST', '/v1/apps/shapes/policies', {
    name: 'no-deletes',
    applies_to: { secret_id: read.secret_id },
    mode: 'monitor',
    rule: noDeletes,
  });
  assert.equal(policy.status, 201);
  isExactly(schemas.policy, policy.json);
  const policyAt = `/v1/apps/shapes/policies/${policy.json.policy_id}`;
  assert.deepEqual(await vault.ok('GET', policyAt), policy.json);

  const channel = await api('POST', '/v1/apps/shapes/channels', hook('ops'));
  assert.equal(channel.status, 201);
  isExactly(schemas.channelCreated, channel.json);
  const { signing_secret: _once, ...channelRead } = channel.json;
  const channelAt = `/v1/apps/shapes/channels/${channelRead.channel_id}`;
  assert.deepEqual(await vault.ok('GET', channelAt), channelRead);
  const signing = await api('POST', `${channelAt}/rotate`, {});
  assert.equal(signing.status, 200);
  isExactly(schemas.channelRotated, signing.json);

  const keyAt = `/v1/apps/shapes/keys/${key.json.key_id}`;
  const capped = await api('PATCH', keyAt, { requests_per_minute: 30 });
  isExactly(schemas.key, capped.json);
  const { prefix, requests_per_minute } = capped.json;
  assert.deepEqual([prefix, requests_per_minute], [key.json.prefix, 30]);
  const successor = await api('POST', `${keyAt}/rotate`, {});
  assert.equal(successor.status, 201);
  isExactly(schemas.keyCreated, successor.json);
  assert.equal(successor.json.rotated_from, key.json.key_id);

  const member = await api('POST', '/v1/members', { email: 'shape@example.com', role: 'auditor' });
  assert.equal(member.status, 201);
  isExactly(schemas.member, member.json);
  const changed = await api('PATCH', `/v1/members/${member.json.member_id}`, { role: 'approver' });
  assert.deepEqual(changed.json, { ...member.json, role: 'approver' });

  const token = await api('POST', '/v1/tokens', { name: 'script', scopes: ['apps:read'], ttl_seconds: 3600 });
  assert.equal(token.status, 201);
  isExactly(schemas.tokenCreated, token.json);
  isExactly(schemas.session, await vault.ok('GET', '/v1/session'));

  for (const path of [
    `/v1/tokens/${token.json.token_id}`,
    `/v1/members/${member.json.member_id}`,
    keyAt,
    policyAt,
    channelAt,
    at,
    `/v1/apps/shapes/secrets/${read.secret_id}`,
  ]) {
    const gone = await api('DELETE', path);
    assert.equal(gone.status, 204, path);
    assert.equal(gone.text, '');
  }
  assert.equal((await api('GET', `/v1/apps/shapes/secrets/${read.secret_id}`)).status, 404);
  assert.equal((await api('GET', at)).status, 404);
});

/** This vault is reached by an address, where no browser makes one. */
async function addPasskeys(member_id: string): Promise<void> {
  const { organization_id: org_id } = await vault.ok('GET', '/v1/session');
  await vault.server.api.organizations.change(org_id, async (draft) => {
    for (let i = 0; i < 5; i += 1)
      await draft.insertPasskey(
        {
          org_id,
          passkey_id: newId(),
          member_id,
          name: 'same name',
          credential_id: Buffer.of(i),
          public_key: Buffer.of(i),
          transports: [],
          is_synced: false,
          created_at: new Date(),
        },
        0n,
      );
  });
}

const paged = Object.values(ENDPOINTS).filter(
  (endpoint) => 'query' in endpoint && Object.hasOwn(endpoint.query.shape, 'cursor'),
);

test('every list comes in pages: all of it, once, in a stable order', async () => {
  const { app_id } = await vault.ok('POST', '/v1/apps', { name: 'paged' });
  const { secret_id } = await vault.ok('POST', '/v1/apps/paged/secrets', bearer('first'));
  for (let i = 0; i < 4; i += 1) {
    await vault.ok('POST', '/v1/apps', { name: `paged-${i}` });
    await vault.ok('POST', '/v1/apps/paged/secrets', bearer(`s-${i}`));
    await vault.ok('POST', '/v1/apps/paged/agents', { name: `a-${i}` });
    await vault.ok('POST', '/v1/apps/paged/audit/views', { name: `v-${i}`, filters: { kind: 'x' } });
    await vault.key({ name: 'same name' }, 'paged');
    await vault.ok('POST', `/v1/apps/paged/secrets/${secret_id}/grants`, { label: 'same label' });
    await vault.ok('POST', '/v1/members', { email: `m${i}@example.com`, role: 'auditor' });
    await vault.ok('POST', '/v1/tokens', { name: 'same name' });
  }
  const { channel_id } = await vault.ok('POST', '/v1/apps/paged/channels', hook('first'));
  const { api_key } = await vault.key({}, 'paged');
  const held = await vault.ok('POST', '/v1/apps/paged/secrets', bearer('held'));
  await vault.ok('POST', '/v1/apps/paged/policies', {
    name: 'hold',
    applies_to: { secret_id: held.secret_id },
    rule: { type: 'require_approval', approvers: ['approver'] },
  });
  for (let i = 0; i < 4; i += 1) {
    await vault.ok('POST', '/v1/apps/paged/channels', hook(`c-${i}`));
    await vault.ok('POST', '/v1/apps/paged/policies', {
      name: `p-${i}`,
      applies_to: { app: true },
      mode: 'monitor',
      rule: noDeletes,
    });
    const answer = await vault.proxy(api_key, held.grant_id, 'https://api.example.com/', { method: 'POST' });
    assert.equal(answer.status, 202, answer.text);
  }
  await vault.server.api.db.transaction(async (tx) => {
    for (let i = 0; i < 4; i += 1)
      await new Outbox().enqueue(tx, app_id, { kind: 'approval.requested', at: new Date(), subject: {} });
  });
  const { email, cookie, memberId } = await newMember(vault, 'auditor');
  await addPasskeys(memberId);
  for (let i = 0; i < 4; i += 1) await signIn(vault, email);
  await stepUp(vault, cookie);
  const ofSessions = (await asSession(vault, cookie, 'POST', '/v1/tokens', { name: 't' })).json.token;
  const channel = `/v1/apps/paged/channels/${channel_id}`;
  const lists: readonly [path: string, id: string, item: z.ZodType, key?: string][] = [
    ['/v1/apps', 'app_id', schemas.app],
    ['/v1/apps/paged/keys', 'key_id', schemas.key],
    ['/v1/apps/paged/agents', 'agent_id', schemas.agent],
    ['/v1/apps/paged/secrets', 'secret_id', schemas.secret],
    ['/v1/apps/paged/grants', 'grant_id', schemas.grant],
    ['/v1/members', 'member_id', schemas.member],
    ['/v1/tokens', 'token_id', schemas.token],
    ['/v1/sessions', 'session_id', schemas.ownSession, ofSessions],
    ['/v1/passkeys', 'passkey_id', schemas.passkey, ofSessions],
    ['/v1/apps/paged/audit', 'event_id', schemas.auditEvent],
    ['/v1/apps/paged/audit/views', 'view_id', ENDPOINTS.createAuditView.answer],
    ['/v1/apps/paged/policies', 'policy_id', schemas.policy],
    ['/v1/apps/paged/channels', 'channel_id', schemas.channel],
    [`${channel}/deliveries`, 'delivery_id', schemas.delivery],
    ['/v1/apps/paged/approvals', 'approval_id', schemas.approvalDetail],
    ['/v1/approvals', 'approval_id', schemas.approval, api_key],
  ];
  // That of the catalogue, which is the same for all, has a test of its own.
  assert.equal(lists.length + 1, paged.length);
  for (const [path, id, item, key] of lists) {
    const get = async (query: string) => {
      const answer = await vault.api('GET', path + query, undefined, { token: key ?? vault.token });
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    };
    const whole = await get('?limit=200');
    assert.equal(whole.next_cursor, null, path);
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null; pages += 1) {
      assert.ok(pages < 50, path);
      const page: { items: Record<string, string>[]; next_cursor: string | null } = await get(
        `?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      assert.deepEqual(Object.keys(page), ['items', 'next_cursor']);
      assert.ok(page.items.length > 0 && page.items.length <= 2, path);
      for (const one of page.items) {
        isExactly(item, one);
        seen.push(one[id] ?? '');
      }
      cursor = page.next_cursor;
    }
    assert.ok(seen.length >= 4, `${path} has something to page through`);
    assert.deepEqual(
      seen,
      whole.items.map((one: Record<string, string>) => one[id]),
      path,
    );
  }
  const more = Array.from({ length: 51 }, (_, i) => i);
  await Promise.all(more.map((i) => vault.ok('POST', '/v1/apps/paged/agents', { name: `more-${i}` })));
  assert.equal((await vault.ok('GET', '/v1/apps/paged/agents')).items.length, 50, 'the default of WIRE §4');
});

test('a limit or cursor that is none is refused on every list', async () => {
  const { api_key } = await vault.key();
  // The only list under an id.
  const { channel_id } = await vault.ok('POST', '/v1/apps/default/channels', hook('listed'));
  for (const { path, permission } of paged) {
    const url = pathAt(path, 'default', channel_id);
    const options = { token: permission === 'api_key' ? api_key : vault.token };
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=-1',
      'limit=1.5',
      'limit=x',
      'limit=1&limit=2',
      'limit=',
    ]) {
      const answer = await vault.api('GET', `${url}?${query}`, undefined, options);
      assert.equal(answer.status, 400, `${url}?${query}`);
      assert.equal(answer.json.error.issues[0].path, 'querystring.limit');
    }
    for (const cursor of ['x', '', '%00', 'a'.repeat(2000), Buffer.from('not an id').toString('base64url')]) {
      const answer = await vault.api('GET', `${url}?cursor=${cursor}`, undefined, options);
      assert.equal(answer.status, 400, `${url} ${cursor}`);
    }
    const unknown = await vault.api('GET', `${url}?offset=1`, undefined, options);
    assert.equal(unknown.json.error.code, 'invalid_request');
    assert.equal(unknown.json.error.issues[0].path, 'querystring.offset');
  }
});

test('names of apps, agents and secrets are taken once; labels and key names are free', async () => {
  await vault.ok('POST', '/v1/apps', { name: 'taken' });
  const secret = await vault.ok('POST', '/v1/apps/taken/secrets', bearer('one'));
  const other = await vault.ok('POST', '/v1/apps/taken/secrets', bearer('two'));
  const agent = await vault.ok('POST', '/v1/apps/taken/agents', { name: 'one' });
  await vault.ok('POST', '/v1/apps/taken/agents', { name: 'two' });
  const taken: readonly [string, string, object][] = [
    ['POST', '/v1/apps', { name: 'taken' }],
    ['POST', '/v1/apps/taken/secrets', bearer('one')],
    ['PATCH', `/v1/apps/taken/secrets/${other.secret_id}`, { name: 'one' }],
    ['POST', '/v1/apps/taken/agents', { name: 'one' }],
    ['PATCH', `/v1/apps/taken/agents/${agent.agent_id}`, { name: 'two' }],
  ];
  for (const [method, path, body] of taken) {
    const answer = await vault.api(method, path, body);
    assert.equal(answer.status, 409, `${method} ${path}`);
    assert.equal(answer.json.error.code, 'conflict');
  }
  // Free again once it is gone, and free in another app.
  await vault.ok('DELETE', `/v1/apps/taken/secrets/${secret.secret_id}`);
  await vault.ok('DELETE', `/v1/apps/taken/agents/${agent.agent_id}`);
  await vault.ok('POST', '/v1/apps/taken/secrets', bearer('one'));
  await vault.ok('POST', '/v1/apps/taken/agents', { name: 'one' });
  await vault.ok('POST', '/v1/apps/default/secrets', bearer('one'));
});

test('an app answers to its id as to its name, in any case of the id', async () => {
  const { app_id } = await vault.ok('POST', '/v1/apps', { name: 'by-name' });
  await vault.ok('POST', '/v1/apps/by-name/agents', { name: 'x' });
  const byName = await vault.ok('GET', '/v1/apps/by-name/agents');
  assert.deepEqual(await vault.ok('GET', `/v1/apps/${app_id}/agents`), byName);
  assert.deepEqual(await vault.ok('GET', `/v1/apps/${app_id.toUpperCase()}/agents`), byName);
});

test('the filters of the list of grants', async () => {
  await vault.ok('POST', '/v1/apps', { name: 'filtered' });
  const { secret_id, grant_id } = await vault.ok('POST', '/v1/apps/filtered/secrets', bearer('a'));
  const other = await vault.ok('POST', '/v1/apps/filtered/secrets', bearer('b'));
  const { agent_id } = await vault.ok('POST', '/v1/apps/filtered/agents', { name: 'ag' });
  const make = (body: object) => vault.ok('POST', `/v1/apps/filtered/secrets/${secret_id}/grants`, body);
  const user = await make({ principal: { type: 'user', id: 'u:1' } });
  const agent = await make({ principal: { type: 'agent', id: agent_id } });
  const brief = await make({ ttl_seconds: 1 });
  await vault.ok('POST', `/v1/grants/${user.grant_id}/revoke`, {});
  const { setTimeout: wait } = await import('node:timers/promises');
  await wait(1100);
  const list = async (query: string): Promise<string[]> =>
    (await vault.ok('GET', `/v1/apps/filtered/grants?${query}`)).items
      .map((grant: { grant_id: string }) => grant.grant_id)
      .sort();
  const all = [grant_id, other.grant_id, user.grant_id, agent.grant_id, brief.grant_id].sort();
  assert.deepEqual(await list(''), all);
  assert.deepEqual(await list(`secret_id=${other.secret_id}`), [other.grant_id]);
  assert.deepEqual(await list(`secret_id=${GONE}`), []);
  assert.deepEqual(await list('principal=user'), [user.grant_id]);
  assert.deepEqual(await list('principal=user:u:1'), [user.grant_id]);
  assert.deepEqual(await list('principal=user:u'), []);
  assert.deepEqual(await list(`principal=agent:${agent_id}`), [agent.grant_id]);
  assert.deepEqual(await list('status=revoked'), [user.grant_id]);
  assert.deepEqual(await list('status=expired'), [brief.grant_id]);
  assert.deepEqual(await list('status=active'), [grant_id, other.grant_id, agent.grant_id].sort());
  assert.equal((await vault.api('GET', '/v1/apps/filtered/grants?status=gone')).status, 400);
});

test('the catalogue lists every template and reads each', async () => {
  const { items } = await vault.ok('GET', '/v1/catalog');
  assert.ok(items.length > 100);
  for (const item of items) {
    const { guide, ...entry } = await vault.ok('GET', `/v1/catalog/${item.template}`);
    assert.deepEqual({ ...entry, key_page: guide.key_page }, item);
    assert.ok(guide.steps.length >= 2);
  }
  const absent = await vault.api('GET', '/v1/catalog/no-such-template');
  assert.equal(absent.json.error.code, 'not_found');
});

test('a secret by template takes its variables, and freezes what follows from them', async () => {
  const made = await vault.api('POST', '/v1/apps/default/secrets', {
    name: 'desk',
    template: 'zendesk',
    variables: { subdomain: 'acme' },
    credential: { email: 'a@example.com', token: canary() },
  });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.template, 'zendesk');
  assert.deepEqual(made.json.variables, { subdomain: 'acme' });
  assert.deepEqual(made.json.allowed_hosts, ['acme.zendesk.com']);
  const refusals: readonly [object, string][] = [
    [{ variables: {} }, 'variables.subdomain'],
    [{ variables: { subdomain: 'evil.example.com/' } }, 'variables.subdomain'],
    [{ variables: { subdomain: 'acme', other: 'x' } }, 'variables.other'],
    [{ variables: { subdomain: 'acme' }, credential_type: 'bearer' }, 'credential_type'],
    [{ variables: { subdomain: 'acme' }, template: 'nope' }, 'template'],
    [{ variables: { subdomain: 'acme' }, credential: { password: 'only-a-password' } }, 'credential.email'],
  ];
  for (const [more, path] of refusals) {
    const answer = await vault.api('POST', '/v1/apps/default/secrets', {
      name: 'desk-2',
      template: 'zendesk',
      credential: { email: 'a@example.com', token: canary() },
      ...more,
    });
    assert.equal(answer.json?.error?.code, 'invalid_request', answer.text);
    assert.equal(answer.json.error.issues[0].path, path);
  }
});

test('W9: every answer of the control plane carries the security headers, refusals and pages included', async () => {
  const answers = [
    await vault.api('GET', '/v1/apps'),
    await vault.api('GET', '/v1/apps', undefined, { token: null }),
    await vault.api('POST', '/v1/apps', '{'),
    await vault.api('POST', '/v1/apps', `{"name":"${'x'.repeat(600_000)}"}`),
    await vault.api('GET', '/v1/nowhere'),
    await vault.api('GET', '/%zz'),
    await vault.api('DELETE', `/v1/tokens/${GONE}`),
    await vault.api('GET', '/healthz'),
    await vault.api('GET', '/readyz'),
    await vault.api('GET', '/v1/openapi.json'),
    await vault.api('GET', '/v1/audit/public-key'),
    await vault.api('GET', '/v1/apps/default/audit/export?format=csv'),
    await vault.api('GET', '/docs'),
    await vault.api('GET', '/docs/start.js'),
    await vault.api('GET', '/'),
  ];
  for (const { headers, status } of answers) {
    assert.equal(headers.get('x-content-type-options'), 'nosniff', `${status}`);
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers.get('x-powered-by'), null);
    assert.equal(headers.get('server'), null);
    assert.equal(headers.get('access-control-allow-origin'), null);
  }
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 401, 400, 413, 404, 400, 404, 200, 200, 200, 200, 200, 200, 200, 200],
  );
});

test('the document served is the committed one, and every route of the vault is in it', async () => {
  const { readFile } = await import('node:fs/promises');
  const committed = JSON.parse(
    await readFile(new URL('../packages/contract/openapi.json', import.meta.url), 'utf8'),
  );
  const served = await vault.ok('GET', '/v1/openapi.json');
  assert.deepEqual({ ...served, info: { ...served.info, version: committed.info.version } }, committed);
  for (const { path, method } of Object.values(ENDPOINTS)) {
    const shown = path.replaceAll(/:([a-z_]+)/g, '{$1}');
    assert.ok(served.paths[shown]?.[method.toLowerCase()], `${method} ${path}`);
    // And it is there: without a credential it refuses for that, and not for being nowhere.
    const at = pathAt(path, 'default', GONE);
    const answer = await vault.api(method, at, method === 'POST' ? {} : undefined, { token: null });
    assert.notEqual(answer.json?.error?.message, 'There is no such endpoint.', `${method} ${path}`);
  }
});

test('the test call of a template goes out with the stored credential and says how it went', async () => {
  const none = await vault.secret(upstream.host);
  const answer = await vault.api('POST', `/v1/apps/default/secrets/${none.secret_id}/verify`);
  assert.equal(answer.json.error.code, 'invalid_request', 'a secret without a template has no test call');
  assert.equal((await vault.api('POST', `/v1/apps/default/secrets/${GONE}/verify`)).status, 404);
});
