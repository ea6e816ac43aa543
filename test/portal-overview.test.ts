/** The overview and the usage of secrets and agents: figures that agree with the log, counted once, and only for whoever may read them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Database } from '../packages/server/src/store/database.ts';
import { UsageCounter } from '../packages/server/src/audit/usage/count.ts';
import { silentLog, sql } from './postgres.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;
let key: string;
let first: { secret_id: string; grant_id: string };
let second: { secret_id: string; grant_id: string };

const OVERVIEW = '/v1/apps/default/overview';

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  key = (await vault.key()).api_key;
  first = await vault.secret(upstream.host, undefined, { rotate_by: '2020-01-01T00:00:00Z' });
  second = await vault.secret(upstream.host);
  for (let i = 0; i < 4; i += 1) await vault.proxy(key, first.grant_id, `${upstream.origin}/ok`);
  await vault.proxy(key, second.grant_id, `${upstream.origin}/ok`);
  await vault.proxy(key, second.grant_id, 'https://elsewhere.example/');
  await vault.proxy(key, '01900000-0000-7000-8000-000000000000', `${upstream.origin}/ok`);
  await counted(
    () => vault.ok('GET', OVERVIEW),
    ({ traffic }) => traffic.totals.completed === 5,
  );
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

/** Asks until the figures are there: the log is integrated within a second, answers are shared for three. */
async function counted(ask: () => Promise<Json>, isThere: (answer: Json) => boolean): Promise<Json> {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    assert.ok(tries < 40, JSON.stringify(answer));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test('the figures are those of the log', async () => {
  const { traffic, has_calls, counts, bucket_seconds, from, to } = await vault.ok('GET', OVERVIEW);
  assert.equal(bucket_seconds, 3600);
  const { calls, denials, held, errors, completed, latency_p50_ms, latency_p95_ms } = traffic.totals;
  assert.deepEqual(
    { calls, denials, held, errors, completed },
    { calls: 5, denials: 2, held: 0, errors: 0, completed: 5 },
  );
  assert.ok(latency_p50_ms !== null && latency_p95_ms >= latency_p50_ms);
  assert.equal(traffic.before.calls, 0);
  assert.equal(traffic.before.latency_p50_ms, null);
  const sum = (name: string): number => traffic.series.reduce((all: number, one: Json) => all + one[name], 0);
  assert.deepEqual([sum('calls'), sum('denials')], [5, 2]);
  assert.equal(traffic.series[0].start, from);
  assert.equal(traffic.series.length, Math.ceil((Date.parse(to) - Date.parse(from)) / 3_600_000));
  assert.deepEqual(
    traffic.top_grants.map((one: Json) => [one.grant_id, one.secret_id, one.calls, one.denials]),
    [
      [first.grant_id, first.secret_id, 4, 0],
      [second.grant_id, second.secret_id, 1, 1],
    ],
  );
  assert.deepEqual(
    traffic.top_denials.map((one: Json) => [one.code, one.count, one.message]),
    [
      ['host_not_allowed', 1, 'The target host is not among the allowed hosts of this credential.'],
      ['not_found', 1, 'There is no such thing here.'],
    ],
  );
  assert.equal(has_calls, true);
  const { pending_approvals, secrets, secrets_rotation_due, active_grants, api_keys, agents } = counts;
  assert.deepEqual(
    { pending_approvals, secrets, secrets_rotation_due, active_grants, api_keys, agents },
    { pending_approvals: 0, secrets: 2, secrets_rotation_due: 1, active_grants: 2, api_keys: 1, agents: 0 },
  );
});

test('an overdue rotation and a secret without bound hosts are warned of by name', async () => {
  await vault.secret(upstream.host, undefined, { name: 'wide', allowed_hosts: ['*'], allow_any_host: true });
  const { warnings } = await vault.ok('GET', OVERVIEW);
  assert.deepEqual(warnings.map((one: Json) => one.kind).toSorted(), ['any_host', 'rotation_overdue']);
  assert.match(warnings.find((one: Json) => one.kind === 'any_host').message, /wide/);
});

test('a span gets the buckets that fit it, and no span is longer than 31 days', async () => {
  const at = async (hours: number): Promise<Json> =>
    vault.ok('GET', `${OVERVIEW}?from=${new Date(Date.now() - hours * 3_600_000).toISOString()}`);
  assert.equal((await at(2)).bucket_seconds, 300);
  assert.equal((await at(100)).bucket_seconds, 3600);
  const month = await at(30 * 24);
  assert.equal(month.bucket_seconds, 86_400);
  assert.equal(month.traffic.series.length, 31);
  for (const query of [
    'from=2026-01-01T00:00:00Z&to=2026-02-02T00:00:00Z',
    'from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
  ])
    assert.equal((await vault.api('GET', `${OVERVIEW}?${query}`)).json.error.code, 'invalid_request');
});

test('each figure is only for those who may read it by itself', async () => {
  const { token } = await vault.ok('POST', '/v1/tokens', {
    name: 'little',
    scopes: ['apps:read', 'agents:read'],
  });
  const { json } = await vault.api('GET', OVERVIEW, undefined, { token });
  assert.equal(json.traffic, null);
  assert.equal(json.has_calls, null);
  const { agents, ...others } = json.counts;
  assert.equal(agents, 0);
  assert.ok(Object.values(others).every((count) => count === null));
  assert.deepEqual(json.warnings, [], 'names of secrets are in the warnings');
});

test('usage of a secret and of an agent, by grant', async () => {
  const of = await vault.ok('GET', `/v1/apps/default/secrets/${first.secret_id}/usage`);
  assert.deepEqual([of.totals.calls, of.totals.denials, of.buckets.length, of.bucket], [4, 0, 1, 'hour']);
  assert.deepEqual(
    of.grants.map((one: Json) => [one.grant_id, one.calls]),
    [[first.grant_id, 4]],
  );

  const agent = await vault.ok('POST', '/v1/apps/default/agents', { name: 'worker' });
  const grant = await vault.ok('POST', `/v1/apps/default/secrets/${first.secret_id}/grants`, {
    principal: { type: 'agent', id: agent.agent_id },
    label: 'of the worker',
  });
  const agentKey = await vault.key({ agent_id: agent.agent_id });
  await vault.proxy(agentKey.api_key, grant.grant_id, `${upstream.origin}/ok`);
  const used = await counted(
    () => vault.ok('GET', `/v1/apps/default/agents/${agent.agent_id}/usage?bucket=day`),
    ({ totals }) => totals.calls === 1,
  );
  assert.deepEqual(
    used.grants.map((one: Json) => [one.grant_id, one.label, one.calls]),
    [[grant.grant_id, 'of the worker', 1]],
  );
  const whole = await vault.ok('GET', `/v1/apps/default/secrets/${first.secret_id}/usage`);
  assert.deepEqual(
    whole.grants.map((one: Json) => one.calls),
    [4, 1],
  );
});

test('each event is counted once, however many servers count at once', async () => {
  const db = new Database({ url: vault.urls.runtimeUrl, log: silentLog });
  const other = new Database({ url: vault.urls.runtimeUrl, log: silentLog });
  await sql(
    vault.urls.ownerUrl,
    `UPDATE usage_progress SET counted_to = 0; TRUNCATE usage_counts, usage_denials, usage_latencies, usage_changes`,
  );
  const counters = [new UsageCounter(db), new UsageCounter(other)];
  for (let i = 0; i < 5; i += 1) await Promise.all(counters.map((one) => one.catchUp()));
  const [counts] = await sql(
    vault.urls.ownerUrl,
    `SELECT (SELECT sum(calls)::int FROM usage_counts) AS calls, (SELECT sum(count)::int FROM usage_latencies) AS timed,
       (SELECT sum(count)::int FROM usage_changes) AS changes,
       (SELECT count(*)::int FROM audit_events WHERE kind NOT LIKE 'call.%') AS changed,
       (SELECT count(*)::int FROM audit_events WHERE kind = 'call.authorized') AS authorized,
       (SELECT count(*)::int FROM audit_events WHERE kind = 'call.completed') AS completed`,
  );
  assert.equal(counts?.['calls'], counts?.['authorized']);
  assert.equal(counts?.['changes'], counts?.['changed']);
  assert.equal(counts?.['timed'], counts?.['completed']);
  await Promise.all([db.close(), other.close()]);
});

test('who looks at figures does not wait for a count that takes long, and is told that not all is counted', async () => {
  const db = new Database({ url: vault.urls.runtimeUrl, log: silentLog });
  const owner = new Database({ url: vault.urls.ownerUrl, log: silentLog });
  const counter = new UsageCounter(db);
  const isFree = Promise.withResolvers<void>();
  const isLocked = Promise.withResolvers<void>();
  const locking = owner.transaction(async (tx) => {
    await tx.query('test_lock', 'LOCK TABLE audit_groups IN ACCESS EXCLUSIVE MODE', []);
    isLocked.resolve();
    await isFree.promise;
  });
  await isLocked.promise;
  // What the upkeep counts behind: patient.
  const behind = counter.countBehind(60_000);
  const isAllCounted = await Promise.race([counter.catchUp(), behind.then(() => 'waited for the count')]);
  isFree.resolve();
  await Promise.all([locking, behind]);
  assert.equal(isAllCounted, false);
  assert.equal(await counter.catchUp(), true);
  await Promise.all([db.close(), owner.close()]);
});
