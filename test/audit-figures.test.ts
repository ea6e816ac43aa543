/** What the pages of the log stand on: figures over time that agree with the events, searches bounded over very many of them, saved views. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lookedHistogram } from '../packages/server/src/audit/histogram.ts';
import { fillAudit, type FilledAudit } from './audit-fill.ts';
import { asSession, newMember } from './sessions.ts';
import { startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

/** More than are looked through for one page. */
const EVENTS = 60_000;

let vault: TestVault;
let filled: FilledAudit;
let appId: string;

before(async () => {
  vault = await startVault();
  appId = (await vault.ok('GET', '/v1/apps')).items[0].app_id;
  filled = await fillAudit(vault.urls.ownerUrl, appId, EVENTS);
  await vault.server.api.usage.countBehind(60_000);
});
after(async () => {
  await vault?.stop();
  await stopPostgres();
});

const AUDIT = '/v1/apps/default/audit';
const OUTCOMES = ['allowed', 'held', 'denied', 'failed', 'changes'];

const histogram = (query = ''): Promise<Json> => vault.ok('GET', `${AUDIT}/histogram?${query}`);
const totalOf = ({ buckets }: Json): Record<string, number> =>
  Object.fromEntries(
    OUTCOMES.map((name) => [name, buckets.reduce((sum: number, one: Json) => sum + one[name], 0)]),
  );
const sumOf = (total: Record<string, number>): number => Object.values(total).reduce((a, b) => a + b, 0);

test('a search that little fits goes on from page to page, and finds all of it in the end; that of a secret has all at once', async () => {
  const found: Json[] = [];
  let pages = 0;
  for (let cursor: string | null = ''; cursor !== null; pages += 1) {
    const at = cursor === '' ? '' : `&cursor=${cursor}`;
    const answer: Json = await vault.ok('GET', `${AUDIT}?limit=200&context.thread=t-77${at}`);
    found.push(...answer.items);
    cursor = answer.next_cursor;
  }
  assert.equal(pages, 2, 'of 50 000 events each');
  const [expected] = await vault.server.api.reports.query<Json>(
    'test_rare',
    `SELECT count(*) FILTER (WHERE context ->> 'thread' = 't-77')::int AS thread, count(*) FILTER (WHERE secret_id = $2)::int AS secret
       FROM audit_events WHERE app_id = $1`,
    [appId, filled.rareSecretId],
  );
  assert.equal(found.length, expected.thread);
  assert.equal(new Set(found.map((one) => one.event_id)).size, found.length);
  const ofSecret = await vault.ok('GET', `${AUDIT}?secret_id=${filled.rareSecretId}`);
  assert.equal(ofSecret.items.length, expected.secret);
  assert.ok(expected.secret >= 4);
  assert.equal(ofSecret.next_cursor, null);
});

test('the histogram is that of the log: all of it, of a secret, and of what only a search can tell', async () => {
  const whole = await histogram();
  const total = totalOf(whole);
  const [{ count, denied, changes }] = await vault.server.api.reports.query<Json>(
    'test_totals',
    `SELECT count(*)::int AS count, count(*) FILTER (WHERE kind = 'call.denied')::int AS denied,
       count(*) FILTER (WHERE kind NOT LIKE 'call.%')::int AS changes FROM audit_events WHERE app_id = $1`,
    [appId],
  );
  assert.deepEqual([sumOf(total), total['denied'], total['changes']], [count, denied, changes]);
  assert.equal(whole.counted_from, null);
  assert.ok(whole.buckets.length > 20 && whole.buckets.length <= 121);
  const secret = `secret_id=${filled.secretIds[0]}`;
  // The second filter fits all of them, but only a search knows.
  assert.deepEqual(totalOf(await histogram(`${secret}&mode=proxy`)), totalOf(await histogram(secret)));
  assert.deepEqual(totalOf(await histogram(`agent_id=${filled.agentIds[3]}&mode=proxy`)), {
    ...totalOf(await histogram(`agent_id=${filled.agentIds[3]}`)),
  });
  const [ofThread] = await vault.server.api.reports.query<Json>(
    'test_thread',
    `SELECT count(*)::int AS count FROM audit_events WHERE app_id = $1 AND context ->> 'thread' = 't-77'`,
    [appId],
  );
  assert.equal(sumOf(totalOf(await histogram('context.thread=t-77'))), ofThread.count);
});

test('what is too much to be looked through is left out, and said', async () => {
  const span = { from: new Date(Date.now() - 40 * 86_400_000), to: new Date(), bucketSeconds: 86_400 };
  const { reports } = vault.server.api;
  const part = await lookedHistogram(reports, appId, { mode: 'proxy' }, span, 1000);
  const counted = part.buckets.reduce((sum, one) => sum + one.allowed + one.denied + one.failed, 0);
  assert.ok(counted > 900 && counted <= 1000, String(counted));
  assert.ok(part.countedFrom !== null && part.countedFrom > span.from);
  const whole = await lookedHistogram(reports, appId, { mode: 'proxy' }, span);
  assert.equal(whole.countedFrom, null);
});

test('buckets are of a round length, as many as asked for at most; wrong input is refused', async () => {
  const hour = new Date(Date.now() - 3_600_000).toISOString();
  const fine = await histogram(`from=${hour}&buckets=70`);
  assert.equal(fine.bucket_seconds, 60);
  assert.equal(fine.from, hour);
  for (const query of [
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'buckets=0',
    'buckets=401',
    'surprise=1',
    'secret_id=x',
    'limit=5',
  ])
    assert.equal(
      (await vault.api('GET', `${AUDIT}/histogram?${query}`)).json.error.code,
      'invalid_request',
      query,
    );
  await vault.ok('POST', '/v1/apps', { name: 'young' });
  const young = await vault.ok('GET', '/v1/apps/young/audit/histogram');
  assert.ok(young.buckets.length <= 1 && young.from < young.to);
});

test('a saved view is its member’s own: kept, changed, deleted, and absent for everybody else', async () => {
  const [mine, theirs] = [await newMember(vault, 'auditor'), await newMember(vault, 'auditor')];
  const as = (who: { cookie: string }, method: string, path = '', body?: unknown) =>
    asSession(vault, who.cookie, method, `${AUDIT}/views${path}`, body);
  const filters = {
    secret_id: filled.rareSecretId,
    'context.thread': 't-1',
    range: '7d',
    status_code: '500',
  };
  const made = await as(mine, 'POST', '', { name: 'Broken ones', filters });
  assert.equal(made.status, 201, made.text);
  const at = `/${made.json.view_id}`;
  assert.deepEqual((await as(mine, 'GET')).json.items, [made.json]);
  assert.deepEqual((await as(theirs, 'GET')).json.items, []);
  assert.equal((await as(theirs, 'POST', '', { name: 'Broken ones', filters: {} })).status, 201);
  for (const [method, body] of [
    ['PATCH', { name: 'x' }],
    ['DELETE', undefined],
  ] as const)
    assert.equal((await as(theirs, method, at, body)).json.error.code, 'not_found');
  const again = await as(mine, 'POST', '', { name: 'Broken ones', filters: {} });
  assert.equal(again.json.error.code, 'conflict');
  const changed = await as(mine, 'PATCH', at, { name: 'Failures' });
  assert.deepEqual([changed.json.name, changed.json.filters], ['Failures', filters]);
  assert.equal((await as(mine, 'DELETE', at)).status, 204);
  assert.deepEqual((await as(mine, 'GET')).json.items, []);
  const kinds = (await vault.audit({ q: '', 'context.view_id': made.json.view_id })).map((one) => one.kind);
  assert.deepEqual(kinds, ['audit_view.deleted', 'audit_view.updated', 'audit_view.created']);
});

test('a view that holds what is no filter is refused with its name; so is the fifty-first', async () => {
  const refused = async (filters: unknown, name: unknown = 'n'): Promise<string> => {
    const answer = await vault.api('POST', `${AUDIT}/views`, { name, filters });
    assert.equal(answer.json.error.code, 'invalid_request', answer.text);
    return answer.json.error.issues[0].path;
  };
  assert.equal(await refused({ surprise: 'x' }), 'filters.surprise');
  assert.equal(await refused({ range: 'forever' }), 'filters.range');
  assert.equal(await refused({ kind: 1 }), 'filters.kind');
  assert.equal(await refused({ kind: '' }), 'filters.kind');
  assert.equal(await refused({}, ' '), 'name');
  assert.equal(await refused({}, 'x'.repeat(65)), 'name');
  for (let i = 0; i < 50; i += 1)
    await vault.ok('POST', `${AUDIT}/views`, { name: `view ${i}`, filters: {} });
  const full = await vault.api('POST', `${AUDIT}/views`, { name: 'one more', filters: {} });
  assert.equal(full.json.error.code, 'conflict');
});
