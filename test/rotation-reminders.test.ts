/** Reminders of secrets that are to be rotated: each stage once, whoever sends it and whatever dies. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { remindOfRotations, type Notifier } from '../packages/server/src/api/rotation-reminders.ts';
import type { Notice } from '../packages/server/src/notify/notice.ts';
import { Outbox } from '../packages/server/src/notify/outbox.ts';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

const DAY_MS = 24 * 3600 * 1000;
const HOST = 'api.example.com';

let vault: TestVault;

before(async () => {
  vault = await startVault();
});
after(async () => {
  await vault?.stop();
  await stopPostgres();
});

const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);

async function secretDue(days: number): Promise<{ secret_id: string; path: string }> {
  const { secret_id } = await vault.secret(HOST, undefined, { rotate_by: inDays(days).toISOString() });
  return { secret_id, path: `/v1/apps/default/secrets/${secret_id}` };
}

/** One turn of the job, so many days from now; answers with the stages that were told of one secret. */
async function turn(days: number, secretId: string): Promise<unknown[]> {
  const told: Notice[] = [];
  const outbox: Notifier = {
    enqueue: async (_tx, _appId, notice) => {
      told.push(notice);
    },
  };
  const { db, audit, clock } = vault.server.api;
  await remindOfRotations({ db, audit, outbox, clock: { now: () => clock.now() + days * DAY_MS } });
  return told
    .filter(({ subject }) => subject['secret_id'] === secretId)
    .map(({ subject }) => subject['stage']);
}

test('each stage is told once: 14 days, 3 days, due, then every week', async () => {
  const { secret_id } = await secretDue(20);
  const told = [];
  for (const day of [0, 5.9, 6.1, 6.2, 16.9, 17.1, 17.2, 19.9, 20.1, 21, 26.9, 27.1, 28, 34.1])
    told.push(...(await turn(day, secret_id)).map((stage) => [day, stage]));
  assert.deepEqual(told, [
    [6.1, 'in_14_days'],
    [17.1, 'in_3_days'],
    [20.1, 'due'],
    [27.1, 'overdue'],
    [34.1, 'overdue'],
  ]);
  const events = (await vault.audit({ secret_id, kind: 'secret.rotation_due' })).reverse();
  assert.deepEqual(
    events.map(({ context }) => [context.stage, context.weeks_over]),
    [
      ['in_14_days', 0],
      ['in_3_days', 0],
      ['due', 0],
      ['overdue', 1],
      ['overdue', 2],
    ],
  );
});

test('of stages that were missed only the last is told', async () => {
  const { secret_id } = await secretDue(20);
  assert.deepEqual(await turn(50, secret_id), ['overdue']);
  assert.deepEqual(await turn(50, secret_id), []);
});

test('F21: several servers at once tell once, and the notice is in the outbox of each channel', async () => {
  const { secret_id } = await secretDue(2);
  await vault.ok('POST', '/v1/apps/default/channels', {
    name: `hook-${Date.now()}`,
    type: 'webhook',
    url: 'https://hooks.example.com/x',
    events: ['secret.rotation_due'],
  });
  const { db, audit, clock } = vault.server.api;
  const parts = { db, audit, clock, outbox: new Outbox() };
  const told = await Promise.all([1, 2, 3, 4].map(() => remindOfRotations(parts)));
  assert.ok(told.reduce((sum, count) => sum + count) >= 1);
  assert.equal((await vault.audit({ secret_id, kind: 'secret.rotation_due' })).length, 1);
  const notices = await db.query<{ notice: unknown }>(
    'test_deliveries',
    'SELECT notice FROM deliveries WHERE event = $1',
    ['secret.rotation_due'],
  );
  assert.equal(notices.filter((row) => JSON.stringify(row.notice).includes(secret_id)).length, 1);
});

test('a notice that can not be stored is told the next time, and its audit event with it', async () => {
  const { secret_id } = await secretDue(2);
  const { db, audit, clock } = vault.server.api;
  const failing: Notifier = {
    enqueue: (_tx, _appId, { subject }) =>
      subject['secret_id'] === secret_id ? Promise.reject(new Error('full')) : Promise.resolve(),
  };
  await assert.rejects(remindOfRotations({ db, audit, clock, outbox: failing }));
  assert.deepEqual(await vault.audit({ secret_id, kind: 'secret.rotation_due' }), []);
  assert.deepEqual(await turn(0, secret_id), ['in_3_days']);
  assert.equal((await vault.audit({ secret_id, kind: 'secret.rotation_due' })).length, 1);
});

test('another date begins anew; no date, a deletion or a rotation end the reminders', async () => {
  const moved = await secretDue(2);
  assert.deepEqual(await turn(0, moved.secret_id), ['in_3_days']);
  await vault.ok('PATCH', moved.path, { rotate_by: inDays(10).toISOString() });
  assert.deepEqual(await turn(0, moved.secret_id), ['in_14_days']);
  await vault.ok('PATCH', moved.path, { rotate_by: null });
  assert.deepEqual(await turn(30, moved.secret_id), []);

  const deleted = await secretDue(1);
  await vault.api('DELETE', deleted.path);
  assert.deepEqual(await turn(30, deleted.secret_id), []);

  const met = await secretDue(1);
  const put = await vault.ok('PUT', `${met.path}/credential`, { credential: { token: canary() } });
  assert.equal(put.version, 2);
  assert.equal((await vault.ok('GET', met.path)).rotate_by, null);
  assert.deepEqual(await turn(30, met.secret_id), []);
});

test('a rotation leaves a date that is far off, and takes the next one', async () => {
  const { path } = await secretDue(100);
  const before = await vault.ok('GET', path);
  const kept = await vault.ok('PUT', `${path}/credential`, { credential: { token: canary() } });
  assert.deepEqual([kept.version, (await vault.ok('GET', path)).rotate_by], [2, before.rotate_by]);
  const next = inDays(200).toISOString();
  const put = await vault.ok('PUT', `${path}/credential`, {
    credential: { token: canary() },
    rotate_by: next,
  });
  assert.deepEqual([put.version, (await vault.ok('GET', path)).rotate_by], [3, next]);
});

test('more than one batch is told in one turn', async () => {
  const made = [];
  for (let i = 0; i < 105; i += 1) made.push((await secretDue(-1)).secret_id);
  const { db, audit, clock } = vault.server.api;
  assert.equal(await remindOfRotations({ db, audit, clock, outbox: new Outbox() }), made.length);
  assert.equal(await remindOfRotations({ db, audit, clock, outbox: new Outbox() }), 0);
});
