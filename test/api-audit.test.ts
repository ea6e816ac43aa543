/** The audit log over the API: every filter of WIRE §7, exports, checkpoint and proofs, and erasing details without losing the proof. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { ENDPOINTS, ROLES, schemas } from '@alter-vault/contract';
import { openCheckpoint, verifyExport } from '../packages/cli/src/audit-verify.ts';
import { verifyConsistency, verifyInclusion } from '../packages/server/src/audit/merkle.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Answer, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;
let ids: Readonly<Record<string, string>>;

/** Calls of every kind, so that each filter has something to find and something to leave out. */
before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  const app = await vault.key({ name: 'by-app' });
  const { agent_id } = await vault.ok('POST', '/v1/apps/default/agents', { name: 'filtered' });
  const agent = await vault.key({ name: 'by-agent', agent_id });
  const secret = await vault.secret(upstream.host);
  const other = await vault.secret(upstream.host);
  const bound = await vault.ok('POST', `/v1/apps/default/secrets/${other.secret_id}/grants`, {
    principal: { type: 'agent', id: agent_id },
  });
  const call = (grant: string, path: string, init: Parameters<TestVault['proxy']>[3]): Promise<Answer> =>
    vault.proxy(app.api_key, grant, `${upstream.origin}${path}`, init);
  await call(secret.grant_id, '/one?page=1', {
    alter: {
      'Alter-Reason': 'nightly%20report',
      'Alter-Caller': 'report-bot',
      'Alter-Context': '{"tool":"summarize","n":7,"a.b":"dotted"}',
    },
  });
  await call(secret.grant_id, '/two', { method: 'POST', body: 'x', alter: { 'Alter-Caller': 'email-bot' } });
  await vault.proxy(app.api_key, secret.grant_id, 'https://elsewhere.example.com/');
  await vault.proxy(agent.api_key, bound.grant_id, `${upstream.origin}/three`);
  await vault.release(app.api_key, {
    grant_id: other.grant_id,
    method: 'GET',
    url: `${upstream.origin}/four`,
  });
  upstream.behave((_request, response) => {
    response.statusCode = 418;
    response.end();
  });
  await call(other.grant_id, '/five', {});
  ids = {
    key: app.key_id,
    agentKey: agent.key_id,
    agent: agent_id,
    secret: secret.secret_id,
    grant: secret.grant_id,
    other: other.secret_id,
  };
  // Outcomes are written behind the answer.
  await until(async () => (await vault.audit({ kind: 'call.completed' })).length >= 4);
  await until(async () => (await vault.audit()).every(({ leaf_index }) => leaf_index !== null));
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('it did not come to be');
}

const AUDIT = '/v1/apps/default/audit';

test('every filter finds what it names and nothing else', async () => {
  const all = await vault.audit();
  type Event = (typeof all)[number];
  const middle = all[Math.floor(all.length / 2)].at;
  const cases: readonly [string, string, (event: Event) => boolean][] = [
    ['kind', 'call.denied', ({ kind }) => kind === 'call.denied'],
    ['kind', 'secret.created', ({ kind }) => kind === 'secret.created'],
    ['grant_id', ids['grant'] ?? '', ({ grant_id }) => grant_id === ids['grant']],
    ['secret_id', ids['other'] ?? '', ({ secret_id }) => secret_id === ids['other']],
    ['agent_id', ids['agent'] ?? '', ({ actor }) => actor.agent_id === ids['agent']],
    ['key_id', ids['key'] ?? '', ({ actor }) => actor.key_id === ids['key']],
    ['caller', 'report-bot', ({ actor }) => actor.caller === 'report-bot'],
    ['method', 'POST', ({ method }) => method === 'POST'],
    [
      'host',
      'elsewhere.example.com',
      ({ url }) => url?.startsWith('https://elsewhere.example.com/') === true,
    ],
    [
      'url_prefix',
      `${upstream.origin}/one?pa`,
      ({ url }) => url?.startsWith(`${upstream.origin}/one?pa`) === true,
    ],
    ['decision', 'deny', ({ decision }) => decision === 'deny'],
    ['decision', 'allow', ({ decision }) => decision === 'allow'],
    ['code', 'host_not_allowed', ({ code }) => code === 'host_not_allowed'],
    ['status_code', '418', ({ status_code }) => status_code === 418],
    ['mode', 'request', ({ mode }) => mode === 'request'],
    ['from', middle, ({ at }) => at >= middle],
    ['to', middle, ({ at }) => at < middle],
    ['context.tool', 'summarize', ({ context }) => context?.tool === 'summarize'],
    ['context.n', '7', ({ context }) => context?.n === 7],
    ['context.a.b', 'dotted', ({ context }) => context?.['a.b'] === 'dotted'],
    ['q', 'NIGHTLY', ({ reason }) => reason === 'nightly report'],
  ];
  for (const [filter, value, matches] of cases) {
    const found = await vault.audit({ [filter]: value });
    const wanted = all.filter(matches);
    assert.ok(wanted.length > 0 && wanted.length < all.length, `${filter} has something to tell apart`);
    assert.deepEqual(found, wanted, `${filter}=${value}`);
  }
  const both = await vault.audit({
    caller: 'report-bot',
    kind: 'call.authorized',
    'context.tool': 'summarize',
  });
  assert.equal(both.length, 1);
  const none: Record<string, string>[] = [
    { approval_id: randomUUID() },
    { flag: 'secret_echoed' },
    { caller: 'report' },
    { 'context.tool': 'summarize', 'context.n': '8' },
    { 'context.__proto__': 'x' },
    { decision: 'hold' },
    { q: '%' },
    { url_prefix: '_' },
  ];
  for (const filters of none) assert.deepEqual(await vault.audit(filters), [], JSON.stringify(filters));
});

test('A11: a filter that is none, or holds what can not be asked for, is refused, never 500', async () => {
  const bad = [
    ...[
      'kinds=x',
      'context=x',
      'context.=x',
      'grant_id=x',
      'decision=maybe',
      'mode=gateway',
      'status_code=99',
    ],
    ...[
      'from=yesterday',
      'from=2026-13-01T00:00:00Z',
      'to=1',
      'status_code=x',
      'caller=%00',
      'q=%00',
      'host=a%00',
    ],
    ...['context.x=%00', 'context.%00=x', 'kind=a&kind=b', 'context.a=1&context.a=2', `q=${'x'.repeat(300)}`],
  ];
  for (const query of bad) {
    for (const path of [AUDIT, `${AUDIT}/export`]) {
      const answer = await vault.api('GET', `${path}?${query}`);
      assert.equal(
        answer.json?.error?.code,
        'invalid_request',
        `${path}?${query}: ${answer.text.slice(0, 200)}`,
      );
    }
  }
  for (const edge of [
    'from=0000-01-01T00:00:00Z',
    'to=0000-01-01T00:00:00Z',
    'from=9999-12-31T23:59:59Z',
    'to=9999-12-31T23:59:59%2B14:00',
  ]) {
    for (const path of [AUDIT, `${AUDIT}/export`]) {
      const answer = await vault.api('GET', `${path}?${edge}`);
      assert.ok(
        answer.status === 200 || answer.status === 400,
        `${path}?${edge}: ${answer.text.slice(0, 200)}`,
      );
    }
  }
  const unknown = await vault.api('GET', `${AUDIT}?surprise=1`);
  assert.equal(unknown.json.error.issues[0].path, 'querystring.surprise');
});

const NO_DELETES = {
  applies_to: { app: true },
  rule: { type: 'request', effect: 'deny', methods: ['DELETE'] },
};

/** A call of the default app that waits for the word of this member. */
async function holdCall(approver: string): Promise<{ id: string; apiKey: string }> {
  const { api_key: apiKey } = await vault.key();
  const { secret_id, grant_id } = await vault.secret(upstream.host);
  await vault.ok('POST', '/v1/apps/default/policies', {
    name: `hold-${secret_id}`,
    applies_to: { secret_id },
    rule: { type: 'require_approval', approvers: [approver] },
  });
  const held = await vault.proxy(apiKey, grant_id, `${upstream.origin}/held`, { method: 'POST' });
  assert.equal(held.status, 202, held.text);
  return { id: held.json.approval.approval_id, apiKey };
}

test('each change of the control plane leaves the event that its endpoint declares, with actor and epoch', async () => {
  const signIn = { email: 'events@example.com', password: 'correct horse battery staple' };
  const { app_id: appId } = await vault.ok('POST', '/v1/apps', { name: 'events' });
  const agent = await vault.ok('POST', '/v1/apps/events/agents', { name: 'a' });
  await vault.ok('PATCH', `/v1/apps/events/agents/${agent.agent_id}`, { name: 'b' });
  const key = await vault.key({}, 'events');
  const secret = await vault.ok('POST', '/v1/apps/events/secrets', {
    name: 's',
    credential_type: 'bearer',
    credential: { token: canary() },
    allowed_hosts: ['api.example.com'],
  });
  const at = `/v1/apps/events/secrets/${secret.secret_id}`;
  await vault.ok('POST', `${at}/grants`, {});
  const clone = await vault.ok('POST', `/v1/grants/${secret.grant_id}/clone`, {});
  await vault.ok('PATCH', at, { delivery: 'proxy_only' });
  await vault.ok('PUT', `${at}/credential`, { credential: { token: canary() }, overlap_seconds: 60 });
  await vault.ok('DELETE', `${at}/previous-credential`);
  const policies = '/v1/apps/events/policies';
  const policy = await vault.ok('POST', policies, { ...NO_DELETES, name: 'p' });
  await vault.ok('PATCH', `${policies}/${policy.policy_id}`, { mode: 'monitor' });
  await vault.ok('DELETE', `${policies}/${policy.policy_id}`);
  const channels = '/v1/apps/events/channels';
  const hook = { name: 'c', type: 'webhook', url: `${upstream.origin}/hook` };
  const channel = await vault.ok('POST', channels, hook);
  const channelAt = `${channels}/${channel.channel_id}`;
  await vault.ok('PATCH', channelAt, { name: 'd' });
  await vault.ok('POST', `${channelAt}/rotate`, {});
  await vault.ok('POST', `${channelAt}/test`);
  await vault.ok('DELETE', channelAt);
  const views = '/v1/apps/events/audit/views';
  const saved = await vault.ok('POST', views, { name: 'v', filters: {} });
  await vault.ok('PATCH', `${views}/${saved.view_id}`, { name: 'w' });
  await vault.ok('DELETE', `${views}/${saved.view_id}`);
  const keyAt = `/v1/apps/events/keys/${key.key_id}`;
  await vault.ok('PATCH', keyAt, { requests_per_minute: 5 });
  await vault.ok('POST', `${keyAt}/rotate`, {});
  await vault.ok('POST', `/v1/grants/${clone.grant_id}/revoke`, { reason: 'why not' });
  await vault.ok('DELETE', at);
  await vault.ok('DELETE', keyAt);
  await vault.ok('DELETE', `/v1/apps/events/agents/${agent.agent_id}`);
  await vault.ok('POST', '/v1/apps/events/audit/erase-detail', { request_id: randomUUID() });
  const member = await vault.ok('POST', '/v1/members', { ...signIn, role: 'admin' });
  const session = await vault.api('POST', '/v1/session', signIn, { token: null });
  const Cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const bySession = {
    token: null,
    headers: { Cookie, 'Sec-Fetch-Site': 'same-origin', 'Alter-Csrf': session.json.csrf_token },
  };
  await vault.api('POST', '/v1/session/step-up', { password: signIn.password }, bySession);
  for (const [end, isOurs] of [
    ['cancel', true],
    ['decision', false],
  ] as const) {
    const { id, apiKey } = await holdCall(member.member_id);
    const body = isOurs ? undefined : { decision: 'deny' };
    const by = isOurs ? { token: apiKey } : bySession;
    const answer = await vault.api('POST', `/v1/approvals/${id}/${end}`, body, by);
    assert.equal(answer.status, 200, answer.text);
  }
  await vault.api('POST', '/v1/settings/test-mail', {}, bySession);
  await vault.api('DELETE', '/v1/session', undefined, bySession);
  const token = await vault.ok('POST', '/v1/tokens', { name: 't' });
  await vault.ok('DELETE', `/v1/tokens/${token.token_id}`);
  await vault.ok('PATCH', `/v1/members/${member.member_id}`, { role: ROLES[4] });
  await vault.ok('DELETE', `/v1/members/${member.member_id}`);
  await vault.ok('POST', '/v1/keyring/rotate');
  await vault.ok('POST', '/v1/root-key/rotate');
  await vault.ok('PATCH', '/v1/settings', { audit_retention_months: null });
  await vault.ok('PATCH', '/v1/apps/events', { name: 'over' });
  await vault.ok('DELETE', '/v1/apps/over');

  // The log of an app that is deleted stays, under its id.
  const inApp = await vault.audit({}, appId);
  const ofPeople = await vault.audit();
  const seen = new Set([...inApp, ...ofPeople].map(({ kind }) => kind));
  // Those of people are held by people-audit.test.ts.
  const declared = Object.values(ENDPOINTS).flatMap(({ audit, tag }) =>
    tag === 'People' ? [] : (audit ?? []),
  );
  assert.deepEqual(
    declared.filter((kind) => !seen.has(kind)),
    [],
  );
  const me = await vault.ok('GET', '/v1/session');
  for (const event of inApp) {
    assert.ok(schemas.auditEvent.safeParse(event).success);
    assert.equal(event.actor.member_id, me.member_id, event.kind);
    assert.equal(event.actor.ip, '127.0.0.1');
    // A test notice goes out and changes nothing.
    assert.equal(event.epoch === null, event.kind === 'channel.tested', event.kind);
  }
  const epochs = inApp.flatMap(({ epoch }) => epoch ?? []).toReversed();
  assert.ok((epochs[0] ?? 0) > 0);
  assert.deepEqual(
    epochs,
    epochs.toSorted((a, b) => a - b),
    'the epoch only grows',
  );
  assert.equal(inApp.find(({ kind }) => kind === 'grant.revoked').reason, 'why not');
  assert.ok(!inApp.some(({ kind }) => kind.startsWith('member.')), 'people are not events of every app');
});

async function exportLines(query = ''): Promise<string[]> {
  const answer = await vault.api('GET', `${AUDIT}/export${query}`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/x-ndjson');
  assert.match(
    answer.headers.get('content-disposition') ?? '',
    /^attachment; filename="audit-default\.ndjson"$/,
  );
  return answer.text.trimEnd().split('\n');
}

async function note(path: string): Promise<string> {
  const answer = await vault.api('GET', path, undefined, { token: null });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
  return answer.text;
}

test('I13: the export verifies offline against the checkpoint, and no longer once a line was touched', async () => {
  const lines = await exportLines();
  const publicKey = (await note('/v1/audit/public-key')).trim();
  const { checkpoint } = JSON.parse(lines.at(-1) ?? '');
  const good = await verify(lines, checkpoint, publicKey);
  assert.ok(good.ok, JSON.stringify(good));
  const at = lines.findIndex((line) => line.includes('"canonical"'));
  const touched = lines.with(
    at,
    (lines[at] ?? '').replace(/"canonical":"./, (start) => `${start}A`),
  );
  assert.ok(!(await verify(touched, checkpoint, publicKey)).ok);
  assert.ok(!(await verify(lines.toSpliced(at, 1), checkpoint, publicKey)).ok);
  const own = await note('/v1/audit/checkpoint');
  assert.ok(openCheckpoint(own, publicKey).size >= openCheckpoint(checkpoint, publicKey).size);
});

test('I13: inclusion and consistency proofs hold against signed checkpoints', async () => {
  const publicKey = (await note('/v1/audit/public-key')).trim();
  const older = openCheckpoint(await note('/v1/audit/checkpoint'), publicKey);
  const [event] = await vault.audit({ kind: 'call.authorized' });
  const proof = await vault.ok('GET', `/v1/audit/proof?event_id=${event.event_id}`);
  assert.ok(schemas.auditProof.strict().safeParse(proof).success);
  const head = openCheckpoint(proof.checkpoint, publicKey);
  const leaf = { index: proof.leaf_index, size: proof.tree_size };
  const hashes = proof.hashes.map((hex: string) => Buffer.from(hex, 'hex'));
  assert.deepEqual(
    [proof.leaf_index, proof.leaf_hash, head.size],
    [event.leaf_index, event.leaf_hash, leaf.size],
  );
  assert.ok(includes(Buffer.from(proof.leaf_hash, 'hex'), leaf, hashes, head.root));
  assert.ok(!includes(Buffer.alloc(32), leaf, hashes, head.root));

  await vault.key();
  await until(async () =>
    (await vault.audit({ kind: 'key.created' })).every(({ leaf_index }) => leaf_index !== null),
  );
  const newer = openCheckpoint(await note('/v1/audit/checkpoint'), publicKey);
  assert.ok(newer.size > older.size);
  const between = await vault.ok('GET', `/v1/audit/proof?from_size=${older.size}&to_size=${newer.size}`);
  const path = between.hashes.map((hex: string) => Buffer.from(hex, 'hex'));
  assert.ok(verifyConsistency(older, newer, path));
  assert.ok(!verifyConsistency({ ...older, root: Buffer.alloc(32) }, newer, path));

  for (const query of [
    ...[
      '',
      '?from_size=2&to_size=1',
      '?to_size=5',
      `?from_size=0&to_size=${newer.size + 1_000_000}`,
      '?from_size=-1',
    ],
    ...['?from_size=1e300', '?from_size=x', '?event_id=x', '?from_size=9007199254740993', '?surprise=1'],
  ]) {
    const answer = await vault.api('GET', `/v1/audit/proof${query}`);
    assert.equal(answer.json?.error?.code, 'invalid_request', `${query}: ${answer.text}`);
  }
  for (const id of [
    randomUUID(),
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '01900000-0000-7000-8000-00000000000f',
  ]) {
    const answer = await vault.api('GET', `/v1/audit/proof?event_id=${id}`);
    assert.equal(answer.json?.error?.code, 'not_found', `${id}: ${answer.text}`);
  }
});

test('A11: an outcome for an id that never was changes nothing, whatever time the id claims', async () => {
  const { api_key } = await vault.key();
  for (const request_id of [
    randomUUID(),
    'ffffffff-ffff-4fff-bfff-ffffffffffff',
    'ffffffff-ffff-7fff-bfff-fffffffffff0',
  ]) {
    const body = { outcomes: [{ request_id, latency_ms: 1, status_code: 200 }] };
    const answer = await vault.api('POST', '/v1/requests/outcomes', body, { token: api_key });
    assert.equal(answer.status, 204, answer.text);
  }
});

const includes = (
  leafHash: Buffer,
  { index, size }: { index: number; size: number },
  path: Buffer[],
  root: Buffer,
): boolean => verifyInclusion(leafHash, index, size, path, root);

const verify = (lines: string[], checkpoint: string, publicKey: string) =>
  verifyExport({ lines: Readable.from(lines), checkpoint, publicKey });

test('W8: the CSV is for people: a header, an event a row, and no cell that a spreadsheet would run', async () => {
  const { api_key } = await vault.key();
  const { grant_id } = await vault.secret(upstream.host);
  const formulas = ['=cmd|calc', '+1+1', '-2+3', '@SUM(A1)', '\t=1', 'a "quoted", cell'];
  for (const text of formulas) {
    await vault.proxy(api_key, grant_id, `${upstream.origin}/csv`, {
      alter: { 'Alter-Reason': encodeURIComponent(text), 'Alter-Context': JSON.stringify({ text }) },
    });
  }
  const answer = await vault.api('GET', `${AUDIT}/export?format=csv&grant_id=${grant_id}`);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/);
  const rows = answer.text.trimEnd().split('\r\n');
  assert.ok(rows[0]?.startsWith('event_id,'));
  const events = await vault.audit({ grant_id });
  assert.ok(rows.length - 1 >= formulas.length && rows.length - 1 <= events.length);
  for (const row of rows.slice(1)) assert.doesNotMatch(row, /(?:^|,)"?\s*[=+@]/);
  assert.ok(rows.some((row) => row.includes('""quoted""')));
  assert.equal((await vault.api('GET', `${AUDIT}/export?format=xml`)).status, 400);
});

test('erasing takes reason, context and query of one call away, is logged, and the log still verifies', async () => {
  const { api_key } = await vault.key();
  const { grant_id } = await vault.secret(upstream.host);
  const word = canary();
  const call = (): Promise<Answer> =>
    vault.proxy(api_key, grant_id, `${upstream.origin}/erased?name=${word}`, {
      alter: { 'Alter-Reason': word, 'Alter-Context': JSON.stringify({ person: word }) },
    });
  const erasedId = (await call()).headers.get('alter-request-id') ?? '';
  const keptId = (await call()).headers.get('alter-request-id') ?? '';
  await until(async () => (await vault.audit({ grant_id, kind: 'call.completed' })).length === 2);
  await until(async () => (await vault.audit()).every(({ leaf_index }) => leaf_index !== null));
  const { erased } = await vault.ok('POST', `${AUDIT}/erase-detail`, { request_id: erasedId });
  assert.equal(erased, 2, 'the call and its outcome');
  const events = await vault.audit({ grant_id });
  for (const event of events.filter(({ request_id }) => request_id === erasedId)) {
    assert.deepEqual([event.reason, event.context], [null, null]);
    assert.ok(!JSON.stringify(event).includes(word));
  }
  assert.ok(events.some(({ request_id, reason }) => request_id === keptId && reason === word));
  const [logged] = await vault.audit({ kind: 'audit.detail_erased', 'context.request_id': erasedId });
  assert.ok(logged.actor.member_id);
  const lines = await exportLines();
  const publicKey = (await note('/v1/audit/public-key')).trim();
  const { checkpoint } = JSON.parse(lines.at(-1) ?? '');
  const verified = await verify(lines, checkpoint, publicKey);
  assert.ok(verified.ok, JSON.stringify(verified));
  const own = lines.filter((line) => line.includes(erasedId));
  assert.ok(!own.join().includes(word));
});
