/** The audit log against a real PostgreSQL: what is tampered with in SQL is found offline (F16, I13), and what is not, is not. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { generateKeyPairSync } from 'node:crypto';
import { verifyExport, type VerifyResult } from '../packages/cli/src/audit-verify.ts';
import { exportCsv, exportNdjson } from '../packages/server/src/audit/export.ts';
import { encodeEvent, leafHash } from '../packages/server/src/audit/event.ts';
import { verifyConsistency, verifyInclusion } from '../packages/server/src/audit/merkle.ts';
import { signCheckpoint } from '../packages/server/src/audit/note.ts';
import {
  dropOldPartitions,
  ensurePartitions,
  eraseDetail,
  missingPartitions,
} from '../packages/server/src/audit/retention.ts';
import { searchEvents, type AuditFilters } from '../packages/server/src/audit/search.ts';
import { newGroupId, newRequestId } from '../packages/server/src/audit/uuid.ts';
import { commitGroup } from '../packages/server/src/audit/commit.ts';
import { Refusal } from '../packages/server/src/refusal.ts';
import {
  addApp,
  groupKey,
  makeEvent,
  makeLog,
  makeWriter,
  origin,
  signingKey,
  startAuditRig,
  type AuditRig,
} from './audit-rig.ts';

async function linesOf(parts: AsyncIterable<string>): Promise<string[]> {
  let text = '';
  for await (const part of parts) text += part;
  return text.split('\n').filter((line) => line !== '');
}

async function* stream(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

describe('audit log', () => {
  let rig: AuditRig;
  let appId: string;
  let otherId: string;
  before(async () => {
    rig = await startAuditRig();
    appId = await addApp(rig.owner);
    otherId = await addApp(rig.owner);
    const writer = makeWriter(rig.runtime);
    const log = makeLog(rig.runtime);
    for (let round = 0; round < 12; round++) {
      await Promise.all(
        Array.from({ length: 31 }, (_, n) =>
          writer.authorize(
            makeEvent(n % 3 === 0 ? otherId : appId, {
              reason: `reason ${n}`,
              context: { tool: n % 2 === 0 ? 'a' : 'b', deep: { z: 1.5, a: [1e21, 1e-7, 'ü'] } },
              actor: {
                keyId: null,
                keyPrefix: 'alter_key_app_x',
                agentId: null,
                memberId: null,
                caller: '=cmd|x',
                ip: '192.0.2.1',
              },
            }),
            1n,
          ),
        ),
      );
      await log.integrate();
    }
  });
  after(() => rig.close());

  const exported = (filters: AuditFilters = {}): Promise<string[]> =>
    linesOf(exportNdjson(rig.owner, makeLog(rig.owner), appId, filters));
  const verified = async (lines: readonly string[], checkpoint: string): Promise<VerifyResult> =>
    verifyExport({ lines: stream(lines), checkpoint, publicKey: makeLog(rig.owner).publicKey });

  test('I13: an untouched log verifies, whole, filtered and in part', async () => {
    const checkpoint = await makeLog(rig.runtime).checkpoint();
    const whole = await verified(await exported(), checkpoint);
    assert.equal(whole.ok && whole.events, 240);
    const filtered = await verified(await exported({ context: new Map([['tool', 'a']]) }), checkpoint);
    assert.equal(
      filtered.ok && filtered.events > 0 && filtered.withheld > 0 && filtered.events + filtered.withheld,
      240,
    );
    assert.equal(
      (await verified(await exported({ from: new Date(Date.now() - 1000) }), checkpoint)).ok,
      true,
    );
  });

  test('I13: inclusion and consistency proofs verify against signed roots', async () => {
    const log = makeLog(rig.runtime);
    const { size, root } = await log.head();
    const { items } = await searchEvents(rig.runtime, appId, {}, { limit: 20 });
    for (const item of items) {
      const proof = await log.inclusionProof(item.event_id, [appId]);
      assert.ok('leafIndex' in proof);
      assert.equal(proof.leafIndex, item.leaf_index);
      assert.ok(verifyInclusion(proof.leafHash, proof.leafIndex, proof.size, proof.path, root));
    }
    const heads = await rig.owner.query<{ size: bigint; root: Buffer }>(
      'test.heads',
      'SELECT size, root FROM audit_heads',
      [],
    );
    for (const head of heads) {
      const { path } = await log.consistencyProof(Number(head.size), size);
      assert.ok(verifyConsistency({ size: Number(head.size), root: head.root }, { size, root }, path));
    }
    const first = items[0];
    assert.ok(first);
    await assert.rejects(log.inclusionProof(first.event_id, [otherId]), { code: 'not_found' });
  });

  test('search: filters, pages and cursor find each event once', async () => {
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await searchEvents(
        rig.runtime,
        appId,
        { context: new Map([['tool', 'a']]) },
        { limit: 17, cursor },
      );
      for (const item of page.items) {
        assert.deepEqual(item.context?.['tool'], 'a');
        seen.add(item.event_id);
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.equal(seen.size, 120);
    const count = async (filters: AuditFilters): Promise<number> =>
      (await searchEvents(rig.runtime, appId, filters, { limit: 200 })).items.length;
    assert.equal(
      await count({
        q: 'REASON 7',
        host: 'api.example.com',
        urlPrefix: 'https://api.example.com/v1/things?pa',
      }),
      12,
    );
    assert.equal(await count({ kind: 'call.denied' }), 0);
    assert.equal(await count({ to: new Date(0) }), 0);
    await assert.rejects(count({ q: 'a\0' }), { code: 'invalid_request' });
  });

  test('W8: CSV defuses formulas', async () => {
    const lines = await linesOf(exportCsv(rig.runtime, appId, {}));
    assert.equal(lines.length, 241);
    assert.match(lines[1] ?? '', /,"'=cmd\|x",/);
  });

  test('the runtime role can neither change nor delete what is logged', async () => {
    const attempts = [
      'UPDATE audit_events SET kind = kind', 'DELETE FROM audit_events', 'TRUNCATE audit_events', 'DELETE FROM audit_groups',
      'UPDATE audit_groups SET leaf_hashes = leaf_hashes', 'UPDATE audit_heads SET size = size', 'DELETE FROM audit_heads',
      'UPDATE audit_nodes SET hash = hash', 'DROP TABLE audit_events',
    ]; // prettier-ignore
    for (const sql of attempts)
      await assert.rejects(rig.asRuntime(sql), (error: { code?: string }) => error.code === '42501', sql);
  });

  test('a detail is erased and the log still verifies', async () => {
    const [item] = (await searchEvents(rig.runtime, appId, {}, { limit: 1 })).items;
    assert.ok(item);
    assert.equal(
      await rig.owner.transaction((tx) => eraseDetail(tx, appId, { requestId: item.request_id })),
      1,
    );
    const lines = await exported();
    assert.ok(lines.some((line) => line.includes(item.event_id) && line.includes('"context":null')));
    assert.equal((await verified(lines, await makeLog(rig.runtime).checkpoint())).ok, true);
  });

  describe('F16: tampering in SQL is found and named', () => {
    /** Tampers, exports and verifies against a checkpoint from before, and puts everything back. */
    async function tamper(sql: string | string[]): Promise<{ result: VerifyResult; index: number }> {
      const checkpoint = await makeLog(rig.owner).checkpoint();
      const victims = await rig.owner.query<{ leaf: bigint }>(
        'test.victim',
        `SELECT g.first_leaf + e.position AS leaf ${VICTIM}`,
        [appId],
      );
      for (const table of TABLES) await rig.asOwner(`CREATE TABLE saved_${table} AS TABLE ${table}`);
      try {
        for (const statement of [sql].flat()) await rig.asOwner(statement.replaceAll('$1', `'${appId}'`));
        return { result: await verified(await exported(), checkpoint), index: Number(victims[0]?.leaf) };
      } finally {
        for (const table of TABLES)
          await rig.asOwner(
            `TRUNCATE ${table}; INSERT INTO ${table} SELECT * FROM saved_${table}; DROP TABLE saved_${table}`,
          );
      }
    }
    const TABLES = ['audit_events', 'audit_groups', 'audit_heads', 'audit_nodes'];
    const VICTIM = `FROM audit_events e JOIN audit_groups g USING (group_id) WHERE e.app_id = $1 AND e.reason = 'reason 7' ORDER BY g.first_leaf LIMIT 1`;
    const victim = (column: string): string => `(SELECT e.${column} ${VICTIM})`;
    const WHERE = `WHERE app_id = $1 AND request_id = ${victim('request_id')}`;

    const named: ReadonlyArray<readonly [string, string | string[]]> = [
      ['one byte of the hashed bytes', `UPDATE audit_events SET canonical = set_byte(canonical, 60, get_byte(canonical, 60) # 1) ${WHERE}`],
      ['an event deleted', `DELETE FROM audit_events ${WHERE}`],
      ['the context alone', `UPDATE audit_events SET context = jsonb_set(context, '{tool}', '"z"') ${WHERE}`],
      ['the time', `UPDATE audit_events SET at = at - interval '1 hour' ${WHERE}`],
      ['the reason', `UPDATE audit_events SET reason = 'because' ${WHERE}`],
      ['the query', `UPDATE audit_events SET url_query = 'page=3' ${WHERE}`],
      ['two reordered', `UPDATE audit_events SET position = CASE position WHEN 8 THEN 9 ELSE 8 END WHERE app_id = $1 AND position IN (8, 9) AND group_id = ${victim('group_id')}`],
      ['a group deleted', `DELETE FROM audit_groups WHERE group_id = ${victim('group_id')}`],
    ]; // prettier-ignore
    for (const [name, sql] of named) {
      test(`F16: ${name}`, async () => {
        const { result, index } = await tamper(sql);
        assert.equal(result.ok, false);
        assert.ok(
          !result.ok &&
            result.leafIndex !== undefined &&
            result.leafIndex <= index &&
            result.leafIndex >= index - 8,
          JSON.stringify({ result, index }),
        );
      });
    }

    test('F16: an event and its leaf hash changed together do not make the signed root', async () => {
      const canonical = `convert_to('{"v":1}', 'UTF8')`;
      const { result } = await tamper([
        `UPDATE audit_groups SET leaf_hashes = overlay(leaf_hashes PLACING sha256('\\x00'::bytea || ${canonical}) FROM ${victim('position')} * 32 + 1 FOR 32) WHERE group_id = ${victim('group_id')}`,
        `UPDATE audit_events SET canonical = ${canonical} ${WHERE}`,
      ]);
      assert.equal(result.ok, false);
    });

    test('F16: an inserted event, beside the log or in a forged group', async () => {
      const columns = `app_id, month, kind, ordinal, at, canonical, salts, context, reason, url_query, key_prefix, caller, ip, mode, method, url, host, decision`;
      const copy = (groupId: string): string =>
        `INSERT INTO audit_events (request_id, group_id, position, ${columns}, grant_id, epoch) SELECT '01900000-0000-7000-8000-000000000000', ${groupId}, 1, ${columns}, grant_id, epoch FROM audit_events ${WHERE}`;
      const beside = await tamper(copy(`'01900000-0000-7000-8000-000000000001'`));
      assert.equal(beside.result.ok, false);
      const within = await tamper(copy(victim('group_id')));
      assert.equal(within.result.ok, false);
      const faults: string[] = [];
      const forged = `INSERT INTO audit_groups SELECT '01900000-0000-7000-8000-000000000001', writer, leaf_count, leaf_hashes, tags, mac, app_ids, false, NULL, now() - interval '1 hour' FROM audit_groups WHERE first_leaf = 0`;
      const sealed = await tamper([forged, copy(`'01900000-0000-7000-8000-000000000001'`)]);
      assert.equal(sealed.result.ok, false);
      await rig.asOwner(forged);
      await makeLog(rig.owner, faults).integrate();
      await rig.asOwner(`DELETE FROM audit_groups WHERE group_id = '01900000-0000-7000-8000-000000000001'`);
      assert.equal(faults.length, 1);
    });

    test('F16: the tail cut off, or an older dump restored', async () => {
      const { result } = await tamper([
        `DELETE FROM audit_events WHERE group_id IN (SELECT group_id FROM audit_groups WHERE first_leaf >= 320)`,
        `DELETE FROM audit_groups WHERE first_leaf >= 320`,
        `DELETE FROM audit_heads WHERE size > 320`,
      ]);
      assert.ok(
        !result.ok && result.leafIndex === 320 && /tail/.test(result.problem),
        JSON.stringify(result),
      );
    });

    test('F16: a node of the tree that is gone or cut short makes no proof', async () => {
      const log = makeLog(rig.runtime);
      const { size } = await log.head();
      assert.ok(size > 256);
      await rig.asOwner('CREATE TABLE saved_nodes AS TABLE audit_nodes');
      for (const tampering of [
        'DELETE FROM audit_nodes',
        'UPDATE audit_nodes SET hash = substring(hash FROM 2)',
      ]) {
        await rig.asOwner(tampering);
        await assert.rejects(log.consistencyProof(257, size), { code: 'integrity_error' }, tampering);
        await rig.asOwner('TRUNCATE audit_nodes; INSERT INTO audit_nodes TABLE saved_nodes');
      }
      await rig.asOwner('DROP TABLE saved_nodes');
      assert.ok((await log.consistencyProof(257, size)).path.length > 0);
    });

    test('F16: the heads dropped: nothing is signed or exported any more', async () => {
      await assert.rejects(
        tamper('TRUNCATE audit_heads'),
        (error) => error instanceof Refusal && error.code === 'integrity_error',
      );
    });

    test('F16: signed again with another key', async () => {
      const { privateKey } = generateKeyPairSync('ed25519');
      const forged = signCheckpoint(await makeLog(rig.owner).head(), { origin, signingKey: privateKey });
      assert.equal((await verified(await exported(), forged)).ok, false);
      const renamed = signCheckpoint(await makeLog(rig.owner).head(), {
        origin: 'alter-vault/other',
        signingKey,
      });
      assert.equal((await verified(await exported(), renamed)).ok, false);
    });

    test('F16: a fork: two databases that went on from one dump', async () => {
      const head = await makeLog(rig.owner).head();
      const fork = signCheckpoint(
        { size: head.size, root: leafHash(Buffer.from('another history')) },
        { origin, signingKey },
      );
      assert.equal((await verified(await exported(), fork)).ok, false);
    });

    test('an edited export: a line removed, doubled, moved; a claim that an event is another app’s', async () => {
      const checkpoint = await makeLog(rig.owner).checkpoint();
      const lines = await exported();
      const at = lines.findIndex((line) => line.includes('"canonical"') && line.includes('reason 7'));
      const line = lines[at] ?? '';
      const { leaf_index: index, leaf_hash: leafOf }: { leaf_index: number; leaf_hash: string } =
        JSON.parse(line);
      const edits = [lines.toSpliced(at, 1), lines.toSpliced(at, 0, line), lines.toSpliced(at, 2, lines[at + 1] ?? '', line),
        lines.toSpliced(at, 1, JSON.stringify({ leaf_index: index, leaf_hash: leafOf })), lines.toSpliced(at, 1, '{"leaf_index":')]; // prettier-ignore
      for (const edited of edits) {
        const result = await verified(edited, checkpoint);
        assert.ok(
          !result.ok && result.leafIndex !== undefined && Math.abs(result.leafIndex - index) <= 1,
          JSON.stringify(result),
        );
      }
    });
  });

  test('a month is vacuumed for its inserts once it is over, whichever servers look after it together', async () => {
    const vacuumed = async (now: string): Promise<string[]> => {
      await Promise.all([1, 2, 3].map(() => ensurePartitions(rig.owner, new Date(now))));
      const rows = await rig.owner.query<{ name: string }>(
        'test.vacuumed',
        `SELECT relname::text AS name FROM pg_class WHERE relname LIKE 'audit_events_2031%' AND relkind = 'r'
            AND NOT coalesce(reloptions::text LIKE '%autovacuum_vacuum_insert_threshold=-1%', false) ORDER BY 1`,
        [],
      );
      return rows.map(({ name }) => name);
    };
    assert.deepEqual(await vacuumed('2031-03-15T00:00:00Z'), ['audit_events_2031_02']);
    assert.deepEqual(await vacuumed('2031-04-01T00:00:00Z'), [
      'audit_events_2031_02',
      'audit_events_2031_03',
    ]);
  });

  test('retention drops whole months, and the log still verifies', async () => {
    const old = Date.now() - 400 * 86_400_000;
    await ensurePartitions(rig.owner, new Date(old));
    const event = makeEvent(appId, { requestId: newRequestId(old), at: new Date(old) });
    const seal = { writerId: newGroupId(), groupKey };
    await commitGroup(rig.runtime, seal, newGroupId(old), [
      { encoded: encodeEvent(event), decidedEpoch: null },
    ]);
    assert.ok((await exported()).some((line) => line.includes(event.requestId)));
    assert.deepEqual(await missingPartitions(rig.runtime), []);
    assert.ok((await dropOldPartitions(rig.owner, 12)).length > 0);
    const lines = await exported();
    assert.ok(!lines.some((line) => line.includes(event.requestId)));
    const result = await verified(lines, await makeLog(rig.runtime).checkpoint());
    assert.equal(result.ok && result.withheld, 1);
  });
});
