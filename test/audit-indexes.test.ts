/** Questions to the audit log that an index is there for are answered by it: a condition put otherwise would have the log looked through. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Queryable } from '../packages/server/src/store/database.ts';
import { findAuditedEpoch } from '../packages/server/src/store/deciding.ts';
import { findAuditedPeopleEpoch } from '../packages/server/src/store/organizations.ts';
import { newGroupId } from '../packages/server/src/audit/uuid.ts';
import { startAuditRig, type AuditRig } from './audit-rig.ts';

let rig: AuditRig;
before(async () => {
  rig = await startAuditRig();
});
after(() => rig?.close());

/** The indexes of partitions that belong to this one of `audit_events`. */
async function partsOf(index: string): Promise<string[]> {
  const rows = await rig.asOwner(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = '${index}'::regclass`,
  );
  return rows.map(({ name }) => String(name));
}

/** The indexes that a question to the log reads, as PostgreSQL plans it where reading a table as a whole is dear. */
async function indexesOf(ask: (db: Queryable) => Promise<unknown>): Promise<string[]> {
  const plan: string[] = [];
  await rig.owner.transaction(async (tx) => {
    await tx.query('test.dear', 'SET LOCAL enable_seqscan = off', []);
    await ask({
      query: async (name, text, values) => {
        const rows = await tx.query<{ 'QUERY PLAN': string }>(`test.${name}`, `EXPLAIN ${text}`, values);
        plan.push(...rows.map((row) => row['QUERY PLAN']));
        return [];
      },
      queryAndCopy: () => Promise.reject(new Error('this is a question')),
    });
  });
  return plan.flatMap((line) => /Index (?:Only )?Scan (?:Backward )?using (audit_\w+)/.exec(line)?.[1] ?? []);
}

/** Answered by this index alone. */
async function assertAnsweredBy(index: string, ask: (db: Queryable) => Promise<unknown>): Promise<void> {
  const read = await indexesOf(ask);
  const parts = await partsOf(index);
  assert.ok(read.length > 0, 'some index');
  assert.deepEqual(
    read.filter((name) => !parts.includes(name)),
    [],
  );
}

test('the newest change of people is found by the index of people', () =>
  assertAnsweredBy('audit_events_people', (db) => findAuditedPeopleEpoch(db, newGroupId())));

test('the newest change of an app is found in the order of the log', () =>
  assertAnsweredBy('audit_events_group', (db) => findAuditedEpoch(db, newGroupId())));
