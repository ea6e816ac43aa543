/** Who reaches what: every credential on every route, and ids of elsewhere on every route that takes one. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  ENDPOINTS,
  ROLE_SCOPES,
  ROLES,
  SCOPES,
  type Endpoint,
  type Role,
  type Scope,
} from '@alter-vault/contract';
import { asSession, csrfOf, newMember, stepUp } from './sessions.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, pathAt, startVault, stopPostgres, type Answer, type TestVault } from './vault.ts';

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
const endpoints: readonly (readonly [string, Endpoint])[] = Object.entries(ENDPOINTS);
const BODYLESS = new Set(['GET', 'DELETE']);
// These change what the matrix itself stands on; each has tests of its own.
const NOT_PROBED = new Set([
  'setUp',
  'signIn',
  'signOut',
  'endOtherSessions',
  'rotateKeyring',
  'rotateRootKey',
]);

/** A stream never ends: it is asked for with what it does not take. */
const queryOf = ({ mediaType }: Endpoint): string => (mediaType === 'text/event-stream' ? '?surprise=1' : '');

/** The route at ids that are not there, so that nobody changes anything, with a body that no schema takes. */
const probe = (endpoint: Endpoint, headers: Record<string, string>): Promise<Answer> =>
  vault.api(
    endpoint.method,
    pathAt(endpoint.path, 'default', GONE) + queryOf(endpoint),
    BODYLESS.has(endpoint.method) ? undefined : { surprise: true },
    { token: null, headers },
  );

type Verdict = 'in' | 'unauthenticated' | 'insufficient_scope';
const verdictOf = ({ json }: Answer): Verdict => {
  const code = json?.error?.code;
  return code === 'unauthenticated' || code === 'insufficient_scope' ? code : 'in';
};

interface Caller {
  readonly headers: Record<string, string>;
  /** What it may do on the control plane; undefined when it is nobody there. */
  readonly scopes: readonly Scope[] | undefined;
  readonly isKey: boolean;
  /** That stepped up. */
  readonly isSession?: true;
}

const expected = (caller: Caller, { permission, sessionOnly }: Endpoint): Verdict => {
  if (permission === 'anyone') return 'in';
  if (permission === 'key_or_member')
    return caller.isKey || caller.scopes !== undefined ? 'in' : 'unauthenticated';
  if (permission === 'api_key') return caller.isKey ? 'in' : 'unauthenticated';
  if (caller.scopes === undefined) return 'unauthenticated';
  if (sessionOnly && caller.isSession !== true) return 'insufficient_scope';
  return permission === 'signed_in' || caller.scopes.includes(permission) ? 'in' : 'insufficient_scope';
};

const bearer = (text: string): Record<string, string> => ({ Authorization: `Bearer ${text}` });

async function memberToken(role: Role): Promise<{ cookie: string; token: string; memberId: string }> {
  const { memberId, cookie } = await newMember(vault, role);
  await stepUp(vault, cookie);
  const made = await asSession(vault, cookie, 'POST', '/v1/tokens', { name: role });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.json.scopes, ROLE_SCOPES[role]);
  return { cookie, token: made.json.token, memberId };
}

async function allCallers(): Promise<ReadonlyMap<string, Caller>> {
  const callers = new Map<string, Caller>();
  const nobody = (name: string, headers: Record<string, string>): void => {
    callers.set(name, { headers, scopes: undefined, isKey: false });
  };
  for (const role of ROLES) {
    const { token, cookie } = await memberToken(role);
    callers.set(`token of ${role}`, { headers: bearer(token), scopes: ROLE_SCOPES[role], isKey: false });
    callers.set(`session of ${role}`, {
      headers: {
        Cookie: cookie,
        'Sec-Fetch-Site': 'same-origin',
        'Alter-Csrf': await csrfOf(vault, cookie),
      },
      scopes: ROLE_SCOPES[role],
      isKey: false,
      isSession: true,
    });
  }
  for (const scope of SCOPES) {
    const { token } = await vault.ok('POST', '/v1/tokens', { name: scope, scopes: [scope] });
    callers.set(`token with ${scope}`, { headers: bearer(token), scopes: [scope], isKey: false });
  }
  const app = await vault.key();
  const { agent_id } = await vault.ok('POST', '/v1/apps/default/agents', { name: 'matrix' });
  const agent = await vault.key({ agent_id });
  callers.set('app key', { headers: bearer(app.api_key), scopes: undefined, isKey: true });
  callers.set('agent key', { headers: bearer(agent.api_key), scopes: undefined, isKey: true });
  nobody('nothing', {});
  nobody('an empty bearer', { Authorization: 'Bearer ' });
  nobody('a token as Basic', {
    Authorization: `Basic ${Buffer.from(`x:${vault.token}`).toString('base64')}`,
  });
  nobody('a token that never was', bearer(`alter_pat_${canary()}`));
  nobody('a set-up token', bearer(`alter_setup_${canary()}`));
  nobody('a token as cookie', { Cookie: `alter_session=${vault.token}`, 'Sec-Fetch-Site': 'same-origin' });
  const revokedKey = await vault.key();
  await vault.ok('DELETE', `/v1/apps/default/keys/${revokedKey.key_id}`);
  nobody('revoked key', bearer(revokedKey.api_key));
  const revoked = await vault.ok('POST', '/v1/tokens', { name: 'revoked' });
  await vault.ok('DELETE', `/v1/tokens/${revoked.token_id}`);
  nobody('revoked token', bearer(revoked.token));
  const soon = new Date(Date.now() + 1200).toISOString();
  const expired = await vault.ok('POST', '/v1/tokens', { name: 'expired', expires_at: soon });
  const expiredKey = await vault.key({ expires_at: soon });
  nobody('expired token', bearer(expired.token));
  nobody('expired key', bearer(expiredKey.api_key));
  const gone = await memberToken('admin');
  await vault.ok('DELETE', `/v1/members/${gone.memberId}`);
  nobody('token of a member who was removed', bearer(gone.token));
  nobody('session of a member who was removed', { Cookie: gone.cookie, 'Sec-Fetch-Site': 'same-origin' });
  await new Promise((resolve) => setTimeout(resolve, 1300));
  return callers;
}

test('A16: each credential reaches exactly the routes that the table gives it', async () => {
  const callers = await allCallers();
  const wrong: string[] = [];
  let probes = 0;
  for (const [who, caller] of callers) {
    for (const [name, endpoint] of endpoints) {
      if (NOT_PROBED.has(name)) continue;
      probes += 1;
      const answer = await probe(endpoint, caller.headers);
      const verdict = verdictOf(answer);
      const right = expected(caller, endpoint);
      if (verdict !== right) wrong.push(`${who} on ${name}: ${verdict}, not ${right}`);
      if (answer.status >= 500) wrong.push(`${who} on ${name}: ${answer.text}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(probes > 1500, `${probes} probes`);
});

test('A16: rotation of keys is for those with the scope only', async () => {
  const { token } = await memberToken('admin');
  for (const path of ['/v1/keyring/rotate', '/v1/root-key/rotate']) {
    for (const caller of [token, (await vault.key()).api_key]) {
      const answer = await vault.api('POST', path, undefined, { token: caller });
      assert.ok(['insufficient_scope', 'unauthenticated'].includes(answer.json.error.code));
    }
  }
});

test('A16: a token and a session are nobody at the proxy door, and a cookie is not read there', async () => {
  const { grant_id } = await vault.secret(upstream.host);
  const { cookie, token } = await memberToken('owner');
  const seen = upstream.requests.length;
  for (const headers of [bearer(token), bearer(vault.token), { Cookie: cookie }]) {
    const answer = await vault.api('GET', '/v1/proxy', undefined, {
      token: null,
      headers: { 'Alter-Grant': grant_id, 'Alter-Url': upstream.origin, ...headers },
    });
    assert.equal(answer.json.error.code, 'unauthenticated');
  }
  assert.equal(upstream.requests.length, seen);
});

test('A16: 401 is the same answer for every cause', async () => {
  const revoked = await vault.ok('POST', '/v1/tokens', { name: 'r' });
  await vault.ok('DELETE', `/v1/tokens/${revoked.token_id}`);
  const { api_key } = await vault.key();
  const bodies = new Set<string>();
  for (const token of [null, 'x', revoked.token, `alter_pat_${canary()}`, api_key]) {
    const answer = await vault.api('GET', '/v1/apps', undefined, { token });
    assert.equal(answer.status, 401);
    bodies.add(anonymous(answer));
  }
  assert.equal(bodies.size, 1);
});

const anonymous = ({ status, text, headers, json }: Answer): string => {
  const names = [...headers.keys()].filter((name) => !['date', 'alter-request-id'].includes(name));
  const shown = names.map((name) => `${name}: ${headers.get(name)}`);
  return [status, ...shown, text.replaceAll(json?.error?.request_id ?? '-', 'REQUEST')].join('\n');
};

interface Things {
  readonly app: string;
  readonly ids: Readonly<Record<string, string>>;
}

async function makeThings(app: string): Promise<Things> {
  const { app_id } = await vault.ok('POST', '/v1/apps', { name: app });
  const key = await vault.key({}, app);
  const agent = await vault.ok('POST', `/v1/apps/${app}/agents`, { name: 'a' });
  const secret = await vault.ok('POST', `/v1/apps/${app}/secrets`, {
    name: 's',
    credential_type: 'bearer',
    credential: { token: canary() },
    allowed_hosts: [upstream.host],
  });
  const policy = await vault.ok('POST', `/v1/apps/${app}/policies`, {
    name: 'p',
    applies_to: { app: true },
    rule: { type: 'request', effect: 'deny', methods: ['DELETE'] },
  });
  const channel = await vault.ok('POST', `/v1/apps/${app}/channels`, {
    name: 'c',
    type: 'webhook',
    url: 'https://hooks.example.com/x',
  });
  const view = await vault.ok('POST', `/v1/apps/${app}/audit/views`, { name: 'v', filters: {} });
  const [event] = await vault.audit({ kind: 'secret.created' }, app);
  return {
    app,
    ids: {
      app: app_id,
      event_id: event.event_id,
      view_id: view.view_id,
      key_id: key.key_id,
      agent_id: agent.agent_id,
      secret_id: secret.secret_id,
      grant_id: secret.grant_id,
      policy_id: policy.policy_id,
      channel_id: channel.channel_id,
    },
  };
}

/** What stays when it is over: revoked keys are listed, events are not removed. */
const LASTING = new Set(['key_id', 'event_id']);
const VALID: Readonly<Record<string, object>> = {
  changeAgent: { name: 'stolen' },
  changeSecret: { delivery: 'proxy_only' },
  replaceCredential: { credential: { token: canary() } },
};

test('A12: an id of another app, of something deleted, or of another kind answers as a random one, on every route', async () => {
  const mine = await makeThings('mine');
  const theirs = await makeThings('theirs');
  const removed = await makeThings('removed-from');
  for (const [of, id] of [
    ['secrets', 'secret_id'],
    ['agents', 'agent_id'],
    ['policies', 'policy_id'],
    ['channels', 'channel_id'],
    ['audit/views', 'view_id'],
  ] as const) {
    await vault.ok('DELETE', `/v1/apps/removed-from/${of}/${removed.ids[id]}`);
  }
  let compared = 0;
  for (const [name, { method, path, body }] of endpoints) {
    const parameter = /:([a-z]+_id)/.exec(path)?.[1];
    if (parameter === undefined || !/:app\b/.test(path)) continue;
    const call = (app: string, id: string): Promise<Answer> =>
      vault.api(method, pathAt(path, app, id), body === undefined ? undefined : (VALID[name] ?? {}));
    const random = anonymous(await call('mine', randomUUID()));
    assert.match(random, /^404/, name);
    const others = [
      theirs.ids[parameter],
      mine.ids['app'],
      mine.ids[parameter === 'key_id' ? 'agent_id' : 'key_id'],
    ];
    for (const other of others) {
      assert.equal(anonymous(await call('mine', other ?? '')), random, `${name} with ${other}`);
      compared += 1;
    }
    if (!LASTING.has(parameter)) {
      assert.equal(anonymous(await call('removed-from', removed.ids[parameter] ?? '')), random, name);
    }
    // And under an app that is none.
    assert.equal(anonymous(await call('nowhere', mine.ids[parameter] ?? '')), random, name);
    assert.equal(anonymous(await call(randomUUID(), mine.ids[parameter] ?? '')), random, name);
  }
  assert.ok(compared >= 30, `${compared} comparisons`);
  // Untouched by all of that.
  for (const [of, id] of [
    ['secrets', 'secret_id'],
    ['agents', 'agent_id'],
    ['policies', 'policy_id'],
    ['channels', 'channel_id'],
  ] as const) {
    assert.equal((await vault.api('GET', `/v1/apps/theirs/${of}/${theirs.ids[id]}`)).status, 200);
  }
  const keys = await vault.ok('GET', '/v1/apps/theirs/keys');
  assert.equal(keys.items[0].revoked_at, null);
});

test('A12: grants, members and tokens by their id alone: gone and never there answer alike', async () => {
  const { secret_id, grant_id } = await vault.secret(upstream.host);
  await vault.ok('DELETE', `/v1/apps/default/secrets/${secret_id}`);
  const ofGrant = [
    ['GET', (id: string) => `/v1/grants/${id}`],
    ['GET', (id: string) => `/v1/grants/${id}/usage`],
    ['POST', (id: string) => `/v1/grants/${id}/clone`],
    ['POST', (id: string) => `/v1/grants/${id}/revoke`],
  ] as const;
  for (const [method, at] of ofGrant) {
    const [gone, random] = [await vault.api(method, at(grant_id)), await vault.api(method, at(randomUUID()))];
    assert.equal(gone.status, 404);
    assert.equal(anonymous(gone), anonymous(random), at('…'));
  }
  const { member_id } = await vault.ok('POST', '/v1/members', { email: 'gone@example.com', role: 'auditor' });
  await vault.ok('DELETE', `/v1/members/${member_id}`);
  const other = await memberToken('developer');
  const theirTokens = await vault.api('GET', '/v1/tokens', undefined, { token: other.token });
  const ofOthers = theirTokens.json.items[0].token_id;
  for (const [method, path, id] of [
    ['PATCH', '/v1/members/', member_id],
    ['DELETE', '/v1/members/', member_id],
    ['DELETE', '/v1/tokens/', ofOthers],
  ] as const) {
    const body = method === 'PATCH' ? { role: 'admin' } : undefined;
    const gone = await vault.api(method, path + id, body);
    const random = await vault.api(method, path + randomUUID(), body);
    assert.equal(gone.status, 404);
    assert.equal(anonymous(gone), anonymous(random));
  }
});

test('A12: ids of another app in a body or query are as good as random ones', async () => {
  const theirs = await makeThings('theirs-in-bodies');
  const { secret_id } = await vault.secret(upstream.host);
  const pairs: readonly [string, string, (id: string) => object, string][] = [
    ['POST', '/v1/apps/default/keys', (agent_id) => ({ name: 'k', agent_id }), 'agent_id'],
    [
      'POST',
      `/v1/apps/default/secrets/${secret_id}/grants`,
      (id) => ({ principal: { type: 'agent', id } }),
      'agent_id',
    ],
  ];
  for (const [method, path, body, kind] of pairs) {
    const random = await vault.api(method, path, body(randomUUID()));
    const other = await vault.api(method, path, body(theirs.ids[kind] ?? ''));
    assert.equal(random.status, 400);
    assert.equal(anonymous(other), anonymous(random), path);
  }
  const stranger = await vault.api('POST', '/v1/apps/default/keys', {
    name: 'k',
    owner_member_id: randomUUID(),
  });
  assert.equal(stranger.json.error.issues[0].path, 'owner_member_id');
  for (const query of ['secret_id', 'grant_id', 'agent_id', 'key_id'] as const) {
    const found = await vault.ok('GET', `/v1/apps/default/audit?${query}=${theirs.ids[query]}`);
    assert.deepEqual(found, { items: [], next_cursor: null });
  }
  const erased = await vault.ok('GET', '/v1/apps/theirs-in-bodies/audit?kind=secret.created');
  const across = await vault.ok('POST', '/v1/apps/default/audit/erase-detail', {
    request_id: erased.items[0].request_id,
  });
  assert.deepEqual(across, { erased: 0 });
  const kept = await vault.ok('GET', '/v1/apps/theirs-in-bodies/audit?kind=secret.created');
  assert.deepEqual(kept.items[0].context, erased.items[0].context);
});

test('I9: a key of another app finds no grant here, as with a random id', async () => {
  const theirs = await makeThings('theirs-in-calls');
  const { api_key } = await vault.key();
  const call = (grantId: string): Promise<Answer> => vault.proxy(api_key, grantId, `${upstream.origin}/`);
  const random = await call(randomUUID());
  assert.equal(random.json.error.code, 'not_found');
  assert.equal(anonymous(await call(theirs.ids['grant_id'] ?? '')), anonymous(random));
});

test('a token has at most the scopes of whoever makes it, and of the role that they have today', async () => {
  const { token, memberId } = await memberToken('developer');
  const more = await vault.api('POST', '/v1/tokens', { name: 'more', scopes: ['members:write'] }, { token });
  assert.equal(more.json.error.code, 'insufficient_scope');
  const narrow = await vault.api('POST', '/v1/tokens', { name: 'n', scopes: ['apps:read'] }, { token });
  const wider = await vault.api(
    'POST',
    '/v1/tokens',
    { name: 'w', scopes: ['keys:read'] },
    { token: narrow.json.token },
  );
  assert.equal(wider.json.error.code, 'insufficient_scope');
  const same = await vault.api('POST', '/v1/tokens', { name: 's' }, { token: narrow.json.token });
  assert.deepEqual(same.json.scopes, ['apps:read'], 'without a choice, all that the caller has');
  assert.equal((await vault.api('GET', '/v1/apps/default/keys', undefined, { token })).status, 200);
  await vault.ok('PATCH', `/v1/members/${memberId}`, { role: 'approver' });
  const after = await vault.api('GET', '/v1/apps/default/keys', undefined, { token });
  assert.equal(after.json.error.code, 'insufficient_scope', 'the role of today bounds a token of yesterday');
});
