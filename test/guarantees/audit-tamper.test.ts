/**
 * I13, F16: the log of a real server, tampered with in SQL by somebody who may do anything to the database. Whoever holds an
 * earlier checkpoint and the public key finds it in an export, offline, with the first bad event named.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { verifyExport, type VerifyResult } from '../../packages/cli/src/audit-verify.ts';
import { LOCK_KEY } from '../../packages/server/src/audit/log.ts';
import { stopPostgres } from '../vault.ts';
import { until } from '../vault-process.ts';
import { makeApp, startRig, type App, type Rig } from './rig.ts';

const CALLS = 24;

let rig: Rig;
let app: App;
let checkpoint: string;
let publicKey: string;
before(async () => {
  rig = await startRig();
  app = await makeApp(rig);
  const other = await makeApp(rig);
  for (let n = 0; n < CALLS; n += 1) {
    const alter = { 'Alter-Reason': `reason ${n}`, 'Alter-Context': JSON.stringify({ n: String(n) }) };
    const one = n % 4 === 0 ? other : app;
    const answer = await rig.vault.proxy(one.key, one.grantId, `${rig.upstream.origin}/p?q=${n}`, { alter });
    assert.equal(answer.status, 200);
  }
  await until('all is in the log', async () =>
    (await rig.vault.audit({}, app.appId)).every((event) => event.leaf_index !== null),
  );
  checkpoint = await text('/v1/audit/checkpoint');
  publicKey = await text('/v1/audit/public-key');
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

const text = async (path: string): Promise<string> => (await rig.vault.api('GET', path)).text;

async function verified(): Promise<VerifyResult | 'no export'> {
  const answer = await rig.vault
    .api('GET', `/v1/apps/${app.appId}/audit/export?format=ndjson`)
    .catch(() => undefined);
  // An export that breaks off, or that the server refuses to make, is noticed by itself.
  if (answer === undefined || answer.status !== 200) return 'no export';
  const lines = (async function* () {
    yield* answer.text.split('\n');
  })();
  return verifyExport({ lines, checkpoint, publicKey });
}

const KEPT = ['audit_events', 'audit_groups', 'audit_heads'];

/** Under the integrator's lock: groups from before it ran and heads from after would make a log that fits nothing. */
async function betweenIntegrations(statements: readonly string[]): Promise<void> {
  const lock = `SELECT pg_advisory_xact_lock(${LOCK_KEY})`;
  await rig.sql(['BEGIN', lock, ...statements, 'COMMIT'].join(';\n'));
}

interface Tamper {
  readonly what: string;
  readonly sql: string;
  /** Whether the verifier can tell which event. */
  readonly isNamed?: boolean;
}

/** The fifth call of the app, and the one after. */
const VICTIM = `(SELECT request_id FROM audit_events WHERE app_id = '$APP' AND kind = 'call.authorized' ORDER BY group_id, position OFFSET 4 LIMIT 1)`;
const NEXT = VICTIM.replace('OFFSET 4', 'OFFSET 5');
const of = (id: string): string => `app_id = '$APP' AND kind = 'call.authorized' AND request_id = ${id}`;

const TAMPERS: readonly Tamper[] = [
  {
    what: 'one byte of an event changed',
    sql: `UPDATE audit_events SET canonical = set_byte(canonical, 30, get_byte(canonical, 30) # 1) WHERE ${of(VICTIM)}`,
    isNamed: true,
  },
  {
    what: 'its decision rewritten in the hashed bytes',
    sql: `UPDATE audit_events SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), '"GET"', '"PUT"'), 'UTF8') WHERE ${of(VICTIM)}`,
    isNamed: true,
  },
  { what: 'an event deleted', sql: `DELETE FROM audit_events WHERE ${of(VICTIM)}`, isNamed: true },
  {
    what: 'an outcome deleted',
    sql: `DELETE FROM audit_events WHERE app_id = '$APP' AND kind = 'call.completed' AND request_id = ${VICTIM}`,
    isNamed: true,
  },
  {
    what: 'two events exchanged',
    sql: `UPDATE audit_events e SET canonical = o.canonical FROM audit_events o WHERE e.app_id = '$APP' AND o.app_id = '$APP' AND e.kind = 'call.authorized' AND o.kind = e.kind AND (e.request_id, o.request_id) IN ((${VICTIM}, ${NEXT}), (${NEXT}, ${VICTIM}))`,
    isNamed: true,
  },
  {
    what: 'the context only',
    sql: `UPDATE audit_events SET context = '{"n":"forged"}' WHERE ${of(VICTIM)}`,
    isNamed: true,
  },
  {
    what: 'the reason only',
    sql: `UPDATE audit_events SET reason = 'forged' WHERE ${of(VICTIM)}`,
    isNamed: true,
  },
  {
    what: 'the query only',
    sql: `UPDATE audit_events SET url_query = 'q=forged' WHERE ${of(VICTIM)}`,
    isNamed: true,
  },
  {
    what: 'the time of an event in its bytes',
    sql: `UPDATE audit_events SET canonical = convert_to(regexp_replace(convert_from(canonical, 'UTF8'), '"at":"20', '"at":"19'), 'UTF8') WHERE ${of(VICTIM)}`,
    isNamed: true,
  },
  {
    what: 'an event inserted',
    sql: `INSERT INTO audit_events SELECT (jsonb_populate_record(e, jsonb_build_object('kind', 'call.denied', 'position', 77))).* FROM audit_events e WHERE ${of(VICTIM)}`,
  },
  {
    what: 'a leaf hash',
    sql: `UPDATE audit_groups SET leaf_hashes = set_byte(leaf_hashes, 40, get_byte(leaf_hashes, 40) # 1) WHERE group_id = (SELECT group_id FROM audit_events WHERE ${of(VICTIM)})`,
  },
  {
    what: 'a group deleted with its events',
    sql: `WITH gone AS (SELECT group_id FROM audit_events WHERE ${of(VICTIM)}), events AS (DELETE FROM audit_events WHERE group_id IN (SELECT group_id FROM gone)) DELETE FROM audit_groups WHERE group_id IN (SELECT group_id FROM gone)`,
  },
  {
    what: 'the tail cut off',
    sql: `DELETE FROM audit_groups WHERE first_leaf > (SELECT max(first_leaf) / 2 FROM audit_groups)`,
  },
  {
    what: 'the tail cut off, heads and all',
    sql: `WITH g AS (DELETE FROM audit_groups WHERE first_leaf > 20), h AS (DELETE FROM audit_heads WHERE size > 20) DELETE FROM audit_events WHERE group_id NOT IN (SELECT group_id FROM audit_groups WHERE first_leaf <= 20)`,
  },
  {
    what: 'the tags of a group, to hide whose its events are',
    sql: `UPDATE audit_groups SET tags = decode(repeat('00', length(tags)), 'hex') WHERE group_id = (SELECT group_id FROM audit_events WHERE ${of(VICTIM)})`,
  },
];

describe('tampered with in SQL', () => {
  test('I13: untouched, it verifies, also against a checkpoint from before', async () => {
    const before = await verified();
    assert.ok(before !== 'no export' && before.ok, JSON.stringify(before));
    assert.ok(before.events >= CALLS);
    await rig.vault.proxy(app.key, app.grantId, `${rig.upstream.origin}/later`);
    const later = await verified();
    assert.ok(later !== 'no export' && later.ok, JSON.stringify(later));
  });

  for (const { what, sql, isNamed } of TAMPERS) {
    test(`I13, F16: ${what}`, async (t) => {
      const indexOf = await rig.sql(
        `SELECT g.first_leaf + e.position AS leaf FROM audit_events e JOIN audit_groups g USING (group_id) WHERE ${of(VICTIM)}`.replaceAll(
          '$APP',
          app.appId,
        ),
      );
      await betweenIntegrations(KEPT.map((table) => `CREATE TABLE kept_${table} AS SELECT * FROM ${table}`));
      t.after(() =>
        betweenIntegrations(
          KEPT.map(
            (table) =>
              `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM kept_${table}; DROP TABLE kept_${table}`,
          ),
        ),
      );
      await rig.sql(sql.replaceAll('$APP', app.appId));
      const result = await verified();
      if (result === 'no export') return assert.notEqual(isNamed, true, 'the export must tell which event');
      assert.equal(result.ok, false, 'found');
      if (isNamed !== true || result.ok) return;
      const leaf = Number(indexOf[0]?.['leaf']);
      assert.ok(result.leafIndex !== undefined, result.problem);
      assert.ok(
        Math.abs(result.leafIndex - leaf) <= 3,
        `named ${result.leafIndex}, was ${leaf}: ${result.problem}`,
      );
    });
  }

  test('negative control: put back as it was, it verifies again', async () => {
    const result = await verified();
    assert.ok(result !== 'no export' && result.ok, JSON.stringify(result));
  });
});
