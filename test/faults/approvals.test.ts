/**
 * A2, F21: approvals under races and kills. However many decide at once, on however many servers, and whoever dies in the
 * middle: no call is sent twice, and none is left without an end.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { ended, holdPolicy, person, state, type Person } from '../approvals-rig.ts';
import { startUpstream } from '../upstream.ts';
import { startVault, stopPostgres, testPostgres, type TestVault } from '../vault.ts';
import { sharedOptions, startVaultProcess, until, type VaultProcess } from '../vault-process.ts';

const AT_ONCE = 200;
/** Five in the suite; fifty in the long form: ALTER_TEST_KILLS=50. */
const KILLS = Number(process.env['ALTER_TEST_KILLS'] ?? 5);

after(stopPostgres);

type Client = Pick<TestVault, 'api' | 'ok' | 'url' | 'proxy' | 'secret' | 'key'>;

test(
  'A2, F21, I11: 200 decisions at once on two servers send the call exactly once',
  { timeout: 120_000 },
  async (t) => {
    const one = await startVault();
    const two = await startVault({ join: { urls: one.urls, dataDir: one.dataDir, token: one.token } });
    const upstream = await startUpstream();
    t.after(async () => {
      await two.stop();
      await one.stop();
      await upstream.stop();
    });
    const people: Person[] = [];
    for (let i = 0; i < 4; i += 1) people.push(await person(one, 'approver'));
    const { api_key: key } = await one.key();
    const { secret_id, grant_id } = await one.secret(upstream.host);
    await holdPolicy(one, { secret_id }, { approvers: ['approver'], quorum: 2 });
    const held = await one.proxy(key, grant_id, `${upstream.origin}/once`, { method: 'POST', body: 'x' });
    const id: string = held.json.approval.approval_id;
    const decisions = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) =>
        (i % 2 === 0 ? one : two).api(
          'POST',
          `/v1/approvals/${id}/decision`,
          { decision: 'approve' },
          { token: people[i % people.length]?.token ?? '' },
        ),
      ),
    );
    assert.equal(decisions.filter(({ status }) => status === 200).length, 2);
    for (const { status, json } of decisions)
      assert.ok(
        status === 200 || ['conflict', 'overloaded', 'unavailable'].includes(json.error.code),
        String(status),
      );
    assert.equal((await ended(two, id, key)).status, 'executed');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    assert.equal(upstream.requests.length, 1);
    const kinds = (await one.audit({ approval_id: id })).map((event) => event.kind);
    for (const kind of ['call.authorized', 'call.completed', 'approval.approved', 'approval.executed'])
      assert.equal(kinds.filter((each) => each === kind).length, 1, kind);
    assert.equal(kinds.filter((kind) => kind === 'approval.decided').length, 2);
  },
);

test(
  'A2, F21, I11: a SIGTERM lets an execution come to its end, on the server that goes',
  { timeout: 60_000 },
  async (t) => {
    const vault = await startVault();
    const other = await startVault({
      join: { urls: vault.urls, dataDir: vault.dataDir, token: vault.token },
    });
    const upstream = await startUpstream();
    t.after(async () => {
      await vault.stop();
      await upstream.stop();
    });
    upstream.behave((_request, response) => setTimeout(() => response.end('slow'), 1_500));
    const approver = await person(vault, 'approver');
    const { api_key: key } = await vault.key();
    const ids = await holdMany(vault, key, upstream.host, upstream.origin, 6);
    await Promise.all(ids.map((id) => decideAs(other, id, approver)));
    await until('they are under way', () => upstream.requests.length > 0);
    await other.stop();
    for (const id of ids) assert.equal((await ended(vault, id, key)).status, 'executed');
    assert.equal(upstream.requests.length, ids.length);
  },
);

test(
  'A2, F21, I11: servers are killed while they execute',
  { timeout: 60_000 + KILLS * 30_000 },
  async (t) => {
    const upstream = await startUpstream();
    const urls = await (await testPostgres()).fresh();
    const options = await sharedOptions(urls);
    const { dataDir } = options;
    const servers: VaultProcess[] = [await startVaultProcess(options), await startVaultProcess(options)];
    t.after(async () => {
      await Promise.all(servers.map((server) => server.end()));
      await upstream.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
    const server = (i: number): VaultProcess => servers[i % 2] ?? assert.fail();
    // Some are sent and not answered, some are answered and not written down, some are not begun when the kill comes.
    upstream.behave((_request, response) => setTimeout(() => response.end('ok'), randomInt(300)));
    const approver = await person(server(0), 'approver');
    const { api_key: key } = await server(0).key();
    const all: string[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      const victim = round % 2;
      const ids = await holdMany(server(victim + 1), key, upstream.host, upstream.origin, 12);
      all.push(...ids);
      const before = upstream.requests.length;
      const decided = ids.map((id) => decideAs(server(victim + 1), id, approver).catch(() => undefined));
      await until('one is under way', () => upstream.requests.length > before, 20_000);
      await new Promise((resolve) => setTimeout(resolve, randomInt(200)));
      server(victim).signal('SIGKILL');
      await Promise.all(decided);
      await server(victim).ended;
      servers[victim] = await startVaultProcess(options);
    }
    const states = new Map<string, { status: string; error?: { may_have_been_sent: boolean } }>();
    // A dead executor is known by its heartbeat, after 30 s.
    await until(
      'every call has its end',
      async () => {
        for (const id of all) {
          if (states.has(id)) continue;
          const { json } = await state(server(0), id, key);
          if (['executed', 'failed'].includes(json?.status)) states.set(id, json);
        }
        return states.size === all.length;
      },
      60_000,
    );
    const seen = Map.groupBy(upstream.requests, ({ headers }) => String(headers['x-call']));
    for (const [call, requests] of seen) assert.equal(requests.length, 1, `${call} was sent twice`);
    const counts = { executed: 0, failed: 0 };
    for (const [id, { status, error }] of states) {
      if (status === 'executed') counts.executed += 1;
      else {
        counts.failed += 1;
        assert.equal(typeof error?.may_have_been_sent, 'boolean', id);
      }
    }
    t.diagnostic(
      `${KILLS} kills, ${all.length} calls, ${upstream.requests.length} sent: ${JSON.stringify(counts)}`,
    );
    assert.ok(upstream.requests.length >= counts.executed);
  },
);

let calls = 0;

/** Calls that are held under one policy of a secret of their own, each with its number in a header. */
async function holdMany(
  vault: Client,
  key: string,
  host: string,
  origin: string,
  count: number,
): Promise<string[]> {
  const { secret_id, grant_id } = await vault.secret(host);
  await holdPolicy(vault, { secret_id }, { approvers: ['approver'] });
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    calls += 1;
    const init = { method: 'POST', body: 'x', headers: { 'X-Call': String(calls) } };
    const answer = await vault.proxy(key, grant_id, `${origin}/${calls}`, init);
    assert.equal(answer.status, 202, answer.text);
    ids.push(answer.json.approval.approval_id);
  }
  return ids;
}

async function decideAs(vault: Client, id: string, by: Person): Promise<void> {
  const answer = await vault.api(
    'POST',
    `/v1/approvals/${id}/decision`,
    { decision: 'approve' },
    { token: by.token },
  );
  assert.equal(answer.status, 200, answer.text);
}
