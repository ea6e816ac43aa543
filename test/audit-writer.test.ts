/** The audit writer against a real PostgreSQL: nothing goes out unwritten (I4), nothing after a revoke (I12), nothing lost (F1, F3, F19). */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, parseContext } from '../packages/server/src/audit/context.ts';
import { COMMIT_SQL, commitGroup } from '../packages/server/src/audit/commit.ts';
import {
  beat,
  closeDeadWriters,
  closeSilentReleases,
  takeOutcomes,
} from '../packages/server/src/audit/recovery.ts';
import { searchEvents } from '../packages/server/src/audit/search.ts';
import { newGroupId, newRequestId } from '../packages/server/src/audit/uuid.ts';
import { CallTrail } from '../packages/server/src/audit/unconcluded.ts';
import { Refusal } from '../packages/server/src/refusal.ts';
import type { Queryable } from '../packages/server/src/store/database.ts';
import {
  NO_ACTOR,
  encodeEvent,
  type AuditDecision,
  type AuditEvent,
  type AuditKind,
} from '../packages/server/src/audit/event.ts';
import { addApp, groupKey, makeEvent, makeWriter, startAuditRig, type AuditRig } from './audit-rig.ts';

/** The way to the database, with faults: `before` may keep a statement from running, `after` its answer from arriving. */
function relay(db: Queryable, faults: { before?: () => void; after?: () => void }): Queryable {
  const through = async <R>(run: () => Promise<R>): Promise<R> => {
    faults.before?.();
    const answer = await run();
    faults.after?.();
    return answer;
  };
  return {
    query: <R>(name: string, text: string, values: readonly unknown[]) =>
      through(() => db.query<R>(name, text, values)),
    queryAndCopy: (...of) => through(() => db.queryAndCopy(...of)),
  };
}

const gone = (): never => {
  throw new Refusal('unavailable');
};

describe('audit writer', () => {
  let rig: AuditRig;
  let appId: string;
  before(async () => {
    rig = await startAuditRig();
    appId = await addApp(rig.owner);
  });
  after(() => rig.close());

  const kindsOf = async (requestId: string): Promise<string[]> => {
    const text = 'SELECT kind FROM audit_events WHERE request_id = $1 ORDER BY ordinal';
    const rows = await rig.owner.query<{ kind: string }>('test.kinds', text, [requestId]);
    return rows.map(({ kind }) => kind);
  };

  /** One change of the epoch that is held open while a call is authorised under the old one: what does the call get? */
  async function authorizeDuringRevoke(
    db: Queryable,
  ): Promise<{ result: string; before: number; after: number }> {
    const app = await addApp(rig.owner);
    const count = 'SELECT count(*)::int AS n FROM audit_events WHERE app_id = $1';
    let authorized: Promise<string> = Promise.resolve('');
    const before = await rig.runtime.transaction(async (tx) => {
      await tx.query('test.revoke', 'UPDATE apps SET epoch = epoch + 1 WHERE app_id = $1', [app]);
      authorized = makeWriter(db).authorize(makeEvent(app), 1n);
      await sleep(150);
      return (await tx.query<{ n: number }>('test.count', count, [app]))[0]?.n ?? -1;
    });
    const result = await authorized;
    return {
      result,
      before,
      after: (await rig.owner.query<{ n: number }>('test.count', count, [app]))[0]?.n ?? -1,
    };
  }

  test('I12: a call that meets a revoke being committed is stale', async () => {
    assert.deepEqual(await authorizeDuringRevoke(rig.connect()), { result: 'stale', before: 0, after: 0 });
  });

  test('I12, control: without the lock on the app the same call gets through', async () => {
    const db = rig.connect();
    const unlocked = COMMIT_SQL.replace(' FOR SHARE', '');
    assert.notEqual(unlocked, COMMIT_SQL);
    const open: Queryable = {
      query: (...of) => db.query(...of),
      queryAndCopy: (name, text, values, rows) =>
        db.queryAndCopy(`${name}.open`, text === COMMIT_SQL ? unlocked : text, values, rows),
    };
    assert.equal((await authorizeDuringRevoke(open)).result, 'committed');
  });

  test('I12: under load, no event is committed under an epoch after its end, on two servers', async () => {
    const app = await addApp(rig.owner);
    const count = 'SELECT count(*)::int AS n FROM audit_events WHERE app_id = $1 AND epoch = $2';
    const seen = new Map<bigint, number>();
    let [epoch, isOver] = [1n, false];
    const caller = async (writer: ReturnType<typeof makeWriter>, lag: number): Promise<number> => {
      let stale = 0;
      while (!isOver) {
        const decided = epoch;
        await sleep(lag);
        if ((await writer.authorize(makeEvent(app, { epoch: decided }), decided)) === 'stale') stale++;
      }
      return stale;
    };
    const writers = [makeWriter(rig.connect()), makeWriter(rig.connect(), { lanes: 2 })];
    const callers = writers.flatMap((writer) => Array.from({ length: 24 }, (_, n) => caller(writer, n % 4)));
    for (let round = 0; round < 40; round++) {
      const [ended, written] = await rig.runtime.transaction(async (tx) => {
        const [row] = await tx.query<{ epoch: bigint }>(
          'test.bump',
          'UPDATE apps SET epoch = epoch + 1 WHERE app_id = $1 RETURNING epoch - 1 AS epoch',
          [app],
        );
        const [n] = await tx.query<{ n: number }>('test.count_epoch', count, [app, row?.epoch]);
        return [row?.epoch ?? 0n, n?.n ?? -1] as const;
      });
      seen.set(ended, written);
      epoch = ended + 1n;
      await sleep(5);
    }
    isOver = true;
    const stale = (await Promise.all(callers)).reduce((sum, n) => sum + n, 0);
    assert.ok(stale > 0, 'the revokes met calls');
    for (const [ended, written] of seen) {
      assert.equal(
        (await rig.owner.query<{ n: number }>('test.count_epoch', count, [app, ended]))[0]?.n,
        written,
      );
    }
  });

  test('an outcome waits a moment for a call that takes it along, and comes by itself when there is none', async () => {
    const groupOf = async (requestId: string): Promise<string | undefined> => {
      const text = 'SELECT group_id FROM audit_events WHERE request_id = $1';
      return (await rig.owner.query<{ group_id: string }>('test.group', text, [requestId]))[0]?.group_id;
    };
    const writer = makeWriter(rig.runtime);
    const [first, second] = [makeEvent(appId, { kind: 'call.completed' }), makeEvent(appId)];
    const alone = makeEvent(appId, { kind: 'call.completed' });
    const written = writer.record(first);
    await new Promise(setImmediate);
    assert.equal(await writer.authorize(second, 1n), 'committed');
    await written;
    assert.ok(await groupOf(first.requestId));
    assert.equal(await groupOf(first.requestId), await groupOf(second.requestId));
    await writer.record(alone);
    assert.ok(await groupOf(alone.requestId));
  });

  test('I12: a stale call is handed back, its neighbours in the group are written', async () => {
    const writer = makeWriter(rig.runtime);
    const [fresh, stale, outcome] = [
      makeEvent(appId),
      makeEvent(appId),
      makeEvent(appId, { kind: 'call.denied' }),
    ];
    const results = await Promise.all([
      writer.authorize(fresh, 1n),
      writer.authorize(stale, 0n),
      writer.record(outcome),
    ]);
    assert.deepEqual(results, ['committed', 'stale', undefined]);
    assert.deepEqual(
      [await kindsOf(stale.requestId), await kindsOf(fresh.requestId)],
      [[], ['call.authorized']],
    );
  });

  test('I4, F3: while the database is away, calls are refused in time and outcomes wait', async () => {
    let isGone = true;
    const writer = makeWriter(relay(rig.runtime, { before: () => isGone && gone() }), { deadlineMs: 300 });
    const event = makeEvent(appId);
    const outcome = writer.record({ ...event, kind: 'call.completed', ordinal: 1 });
    const startedMs = performance.now();
    await assert.rejects(writer.authorize(event, 1n), { code: 'audit_unavailable' });
    assert.ok(performance.now() - startedMs < 600);
    assert.equal(writer.isHealthy, false);
    isGone = false;
    await outcome;
    assert.equal(await writer.flush(), 0);
    assert.deepEqual(await kindsOf(event.requestId), ['call.completed']);
    assert.equal(writer.isHealthy, true);
  });

  test('an outcome that nobody waits for is told of only where it cannot be written', async () => {
    const lost: string[] = [];
    const event = makeEvent(appId);
    const writer = makeWriter(rig.runtime, {
      outcomesMax: 2,
      onFault: ({ request_id: requestId, cause }) => {
        if (requestId === event.requestId) lost.push(cause instanceof Refusal ? cause.code : 'no refusal');
      },
    });
    const outcome: AuditEvent = { ...event, kind: 'call.completed', ordinal: 1 };
    // The second has the place of the first in the log, the third none in the queue.
    for (let i = 0; i < 3; i += 1) writer.conclude(outcome);
    assert.equal(await writer.flush(), 0);
    assert.deepEqual(lost, ['overloaded', 'audit_unavailable']);
    assert.deepEqual(await kindsOf(event.requestId), ['call.completed']);
  });

  test('I4, F2: a lost acknowledgement is found out, and nothing is written twice', async () => {
    for (const at of ['before', 'after'] as const) {
      let faults = 1;
      const writer = makeWriter(relay(rig.runtime, { [at]: () => faults-- > 0 && gone() }));
      const event = makeEvent(appId);
      assert.equal(await writer.authorize(event, 1n), 'committed', at);
      assert.deepEqual(await kindsOf(event.requestId), ['call.authorized'], at);
    }
  });

  test('I4: a commit that comes through after the refusal is closed as not sent', async () => {
    let isGone = true;
    const writer = makeWriter(relay(rig.runtime, { after: () => isGone && gone() }), { deadlineMs: 100 });
    const event = makeEvent(appId);
    await assert.rejects(writer.authorize(event, 1n), { code: 'audit_unavailable' });
    isGone = false;
    await sleep(1_500);
    await writer.flush();
    assert.deepEqual(await kindsOf(event.requestId), ['call.authorized', 'call.completed']);
    const { items } = await searchEvents(rig.runtime, appId, { code: 'audit_unavailable' }, { limit: 10 });
    assert.equal(items[0]?.request_id, event.requestId);
  });

  test('lesson 8: a full queue refuses at once', async () => {
    const writer = makeWriter(relay(rig.runtime, { before: gone }), { waitingMax: 3, deadlineMs: 100 });
    const waiting = Array.from({ length: 3 }, () => writer.authorize(makeEvent(appId), 1n));
    await assert.rejects(writer.authorize(makeEvent(appId), 1n), { code: 'overloaded' });
    for (const one of waiting) await assert.rejects(one, { code: 'audit_unavailable' });
    await writer.close(10);
  });

  test('lesson 9: an event that the database will not take does not take others with it', async () => {
    const writer = makeWriter(rig.runtime);
    const good = Array.from({ length: 20 }, () => makeEvent(appId));
    const bad = makeEvent(appId, { requestId: '00000000-0000-7000-8000-000000000000' });
    const results = await Promise.allSettled(
      [...good.slice(0, 7), bad, ...good.slice(7)].map((event) => writer.authorize(event, 1n)),
    );
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 20);
    const again = await Promise.allSettled(
      [good[0] ?? bad, makeEvent(appId)].map((event) => writer.authorize(event, 1n)),
    );
    assert.deepEqual(
      again.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
  });

  test('F19, A10, A11: any context is refused before the decision, or recorded as it was', async () => {
    const writer = makeWriter(rig.runtime);
    const poison = fc.constantFrom(
      '\u0000',
      '\ud800',
      '__proto__',
      'constructor',
      '\\u0000',
      '{',
      '"',
      'NULL',
      '\u2028',
      '',
    );
    const text = fc.oneof(poison, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.double(),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('json'), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(text, tie('json'), { maxKeys: 4 }),
    })).object;
    await fc.assert(
      fc.asyncProperty(value, text, async (raw, reason) => {
        let context;
        try {
          context = parseContext(raw);
        } catch (thrown) {
          return thrown instanceof Refusal && thrown.code === 'invalid_request';
        }
        const requestId = newRequestId();
        assert.equal(
          await writer.authorize(makeEvent(appId, { requestId, context, reason }), 1n),
          'committed',
        );
        const [row] = await rig.owner.query<{ context: typeof context }>(
          'test.context',
          'SELECT context FROM audit_events WHERE request_id = $1',
          [requestId],
        );
        return row !== undefined && canonicalJson(row.context) === canonicalJson(context);
      }),
      { numRuns: 400 },
    );
  });

  test('F1: calls of a writer that died are closed as unknown, once; those of a living one are not', async () => {
    const [dead, living] = [makeWriter(rig.connect()), makeWriter(rig.connect())];
    const [lost, done, open] = [makeEvent(appId), makeEvent(appId), makeEvent(appId)];
    await Promise.all([beat(rig.runtime, dead), beat(rig.runtime, living)]);
    await Promise.all([dead.authorize(lost, 1n), dead.authorize(done, 1n), living.authorize(open, 1n)]);
    await dead.record({ ...done, kind: 'call.completed', ordinal: 1, statusCode: 200 });
    assert.equal(await closeDeadWriters(rig.runtime, living), 0);
    await rig.asOwner(
      `UPDATE audit_writers SET heartbeat_at = now() - interval '31 seconds' WHERE writer = '${dead.writerId}'`,
    );
    assert.equal(await closeDeadWriters(rig.runtime, living), 1);
    assert.equal(await closeDeadWriters(rig.runtime, living), 0);
    assert.deepEqual(await kindsOf(lost.requestId), ['call.authorized', 'call.completed']);
    assert.deepEqual(await kindsOf(open.requestId), ['call.authorized']);
    const { items } = await searchEvents(rig.runtime, appId, { flag: 'outcome_unknown' }, { limit: 5 });
    assert.deepEqual(
      items.map((item) => [item.request_id, item.grant_id, item.url]),
      [[lost.requestId, lost.grantId, lost.url]],
    );
  });

  test('every event of a group is stored with what it says, however the events of the group are mixed', async () => {
    const of = <T>(...choices: readonly T[]) => fc.constantFrom(...choices);
    const saying = fc.record({
      kind: of<AuditKind>('call.authorized', 'call.denied', 'call.completed', 'secret.created'),
      ordinal: of(0, 1, 2),
      decision: of<AuditDecision | null>('allow', 'deny', null),
      code: of(null, 'policy_denied', 'null'),
      policyId: of(null, newGroupId(), newGroupId()),
      statusCode: of(null, 200, 503),
      latencyMs: of(null, 0, 12.5, 7),
      bytesIn: of(null, 0, 2 ** 40),
      bytesOut: of(null, 0, 1024),
      flags: of([], ['truncated'], ['truncated', 'secret_echoed']),
      epoch: of(null, 1n, 2n ** 60n),
      url: of('https://a.example/x', 'https://b.example/y?z=1', 'https://c.example/ü…', null),
    });
    const text = `SELECT kind, ordinal, decision, code, policy_id, status_code, latency_ms, bytes_in, bytes_out, flags, epoch, url, url_query,
      convert_from(canonical, 'UTF8')::json AS hashed FROM audit_events WHERE request_id = $1`;
    await fc.assert(
      fc.asyncProperty(fc.array(saying, { minLength: 1, maxLength: 40 }), async (sayings) => {
        const events = sayings.map((said) => makeEvent(appId, said));
        const pending = events.map((event) => ({ encoded: encodeEvent(event), decidedEpoch: null }));
        const seal = { writerId: newGroupId(), groupKey };
        assert.deepEqual(await commitGroup(rig.runtime, seal, newGroupId(), pending), { committed: true });
        for (const event of events) {
          const [{ hashed, ...row } = { hashed: undefined }] = await rig.owner.query<
            Record<string, unknown> & { hashed: unknown }
          >('test.said', text, [event.requestId]);
          const latencyMs = event.latencyMs === null ? null : Math.round(event.latencyMs);
          const [url = null, query = null] = event.url?.split('?') ?? [];
          assert.deepEqual(row, {
            kind: event.kind,
            ordinal: event.ordinal,
            decision: event.decision,
            code: event.code,
            policy_id: event.policyId,
            status_code: event.statusCode,
            latency_ms: latencyMs,
            bytes_in: event.bytesIn === null ? null : BigInt(event.bytesIn),
            bytes_out: event.bytesOut === null ? null : BigInt(event.bytesOut),
            flags: event.flags.length === 0 ? null : event.flags,
            epoch: event.epoch,
            url,
            url_query: query,
          });
          assert.ok(
            typeof hashed === 'object' &&
              hashed !== null &&
              'bytes_in' in hashed &&
              'kind' in hashed &&
              'url' in hashed,
          );
          assert.deepEqual([hashed.kind, hashed.bytes_in, hashed.url], [event.kind, event.bytesIn, url]);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('an outcome is taken once, from the releasing key; a silent release is closed after 15 minutes', async () => {
    const writer = makeWriter(rig.runtime);
    const keyId = newGroupId();
    const release = makeEvent(appId, { mode: 'request', actor: { ...NO_ACTOR, keyId } });
    await writer.authorize(release, 1n);
    const told = [{ requestId: release.requestId, statusCode: 201, latencyMs: 12.5 }];
    assert.equal(await takeOutcomes(rig.runtime, writer, { appId, keyId: newGroupId() }, told), 0);
    assert.equal(await takeOutcomes(rig.runtime, writer, { appId, keyId }, told), 1);
    assert.equal(await takeOutcomes(rig.runtime, writer, { appId, keyId }, told), 0);
    const old = Date.now() - 16 * 60_000;
    const silent = makeEvent(appId, {
      mode: 'request',
      requestId: newRequestId(old),
      at: new Date(old),
      actor: { ...NO_ACTOR, keyId },
    });
    const seal = { writerId: writer.writerId, groupKey };
    await commitGroup(rig.runtime, seal, newGroupId(old), [
      { encoded: encodeEvent(silent), decidedEpoch: 1n },
    ]);
    assert.equal(
      await takeOutcomes(rig.runtime, writer, { appId, keyId }, [
        { requestId: silent.requestId, latencyMs: 1 },
      ]),
      0,
    );
    await rig.asOwner(`UPDATE audit_sweep SET swept_until = now() - interval '40 minutes'`);
    assert.equal(await closeSilentReleases(rig.runtime, writer), 1);
    assert.equal(await closeSilentReleases(rig.runtime, writer), 0);
    assert.deepEqual(await kindsOf(silent.requestId), ['call.authorized', 'call.completed']);
    assert.deepEqual(await kindsOf(release.requestId), ['call.authorized', 'call.completed']);
  });

  test('I4: an outcome that cannot be written is refused as audit_unavailable, and taken when it is told again', async () => {
    let fault: (() => never) | undefined = () => {
      throw new Error('no partition');
    };
    const writer = makeWriter(relay(rig.runtime, { before: () => fault?.() }));
    const keyId = newGroupId();
    const [first, second] = [0, 1].map(() =>
      makeEvent(appId, { mode: 'request', actor: { ...NO_ACTOR, keyId } }),
    );
    assert.ok(first && second);
    for (const event of [first, second]) await makeWriter(rig.runtime).authorize(event, 1n);
    const told = [first, second].map(({ requestId }) => ({ requestId, statusCode: 200, latencyMs: 1 }));
    const take = (): Promise<number> => takeOutcomes(rig.runtime, writer, { appId, keyId }, told);
    await assert.rejects(take(), { code: 'audit_unavailable' });
    assert.deepEqual(await kindsOf(first.requestId), ['call.authorized']);

    // Away: it waits in memory, and the client is not kept waiting.
    fault = gone;
    const startedMs = performance.now();
    await assert.rejects(take(), { code: 'audit_unavailable' });
    assert.ok(performance.now() - startedMs < 3_000);
    fault = undefined;
    await writer.flush();
    for (const event of [first, second])
      assert.deepEqual(await kindsOf(event.requestId), ['call.authorized', 'call.completed']);
    // Told again, and unknown ones: nothing to take, and no error.
    assert.equal(await take(), 0);
    const unknown = [{ requestId: newRequestId(), latencyMs: 1 }];
    assert.equal(await takeOutcomes(rig.runtime, writer, { appId, keyId }, unknown), 0);
  });

  test('an outcome that two servers take at once is taken once, and is an error for neither', async () => {
    const keyId = newGroupId();
    const release = makeEvent(appId, { mode: 'request', actor: { ...NO_ACTOR, keyId } });
    const writers = [makeWriter(rig.connect()), makeWriter(rig.connect()), makeWriter(rig.connect())];
    await writers[0]?.authorize(release, 1n);
    const told = [{ requestId: release.requestId, latencyMs: 1 }];
    const taken = await Promise.all(
      writers.map((writer) => takeOutcomes(rig.runtime, writer, { appId, keyId }, told)),
    );
    assert.equal(
      taken.reduce((sum, count) => sum + count),
      1,
    );
  });

  test('F1: the calls of a dead writer that could not be closed are closed the next time', async () => {
    const dead = makeWriter(rig.connect());
    const lost = makeEvent(appId);
    await beat(rig.runtime, dead);
    await dead.authorize(lost, 1n);
    await rig.asOwner(
      `UPDATE audit_writers SET heartbeat_at = now() - interval '31 seconds' WHERE writer = '${dead.writerId}'`,
    );
    let isFaulty = true;
    const writer = makeWriter(
      relay(rig.runtime, {
        before: () => {
          if (isFaulty) throw new Error('no partition');
        },
      }),
    );
    await closeDeadWriters(rig.runtime, writer).catch(() => undefined);
    isFaulty = false;
    assert.equal(await closeDeadWriters(rig.runtime, writer), 1);
    assert.deepEqual(await kindsOf(lost.requestId), ['call.authorized', 'call.completed']);
  });

  test('an open call is known once its transaction is committed, and not when it is rolled back', async () => {
    const writer = makeWriter(rig.runtime);
    const started = new Date(Date.now() - 60_000);
    const event = makeEvent(appId, { kind: 'call.authorized', at: started });
    const isOpen = (): boolean => writer.lowWater().getTime() === started.getTime();
    const failing = rig.runtime.transaction(async (tx) => {
      await writer.appendInTransaction(tx, [event]);
      throw new Error('the claim failed');
    });
    await assert.rejects(failing);
    assert.equal(isOpen(), false);
    await rig.runtime.transaction(async (tx) => {
      await writer.appendInTransaction(tx, [event]);
      assert.equal(isOpen(), false);
    });
    assert.equal(isOpen(), true);
    writer.closed(event.requestId);
    assert.equal(isOpen(), false);
  });

  test('whoever takes over begins at the oldest call without an outcome, in whatever order they came', async () => {
    const writer = makeWriter(rig.runtime);
    const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
    const calls = [3, 9, 6].map((minutes) => ({
      event: makeEvent(appId, { kind: 'call.authorized', at: minutesAgo(minutes) }),
      trail: new CallTrail(),
    }));
    const isFrom = (event: AuditEvent): boolean => writer.lowWater().getTime() === event.at.getTime();
    for (const { event, trail } of calls) assert.equal(await writer.authorize(event, 1n, trail), 'committed');
    const [youngest, oldest, other] = calls;
    assert.ok(youngest && oldest && other);
    assert.ok(isFrom(oldest.event));
    writer.conclude({ ...oldest.event, kind: 'call.completed', ordinal: 1 }, oldest.trail);
    assert.equal(await writer.flush(), 0);
    assert.ok(isFrom(other.event));
    await writer.record({ ...other.event, kind: 'call.completed', ordinal: 1 });
    assert.ok(isFrom(youngest.event), 'an outcome without a trail finds its call');
    writer.conclude({ ...youngest.event, kind: 'call.completed', ordinal: 1 }, youngest.trail);
    assert.equal(await writer.flush(), 0);
    assert.ok(Date.now() - writer.lowWater().getTime() < 1_000);
  });

  test('a change and its event are one transaction', async () => {
    const writer = makeWriter(rig.runtime);
    const event = makeEvent(appId, { kind: 'grant.revoked' });
    const failing = rig.runtime.transaction(async (tx) => {
      await writer.appendInTransaction(tx, [event]);
      throw new Error('the change failed');
    });
    await assert.rejects(failing);
    assert.deepEqual(await kindsOf(event.requestId), []);
    await rig.runtime.transaction((tx) => writer.appendInTransaction(tx, [event]));
    assert.deepEqual(await kindsOf(event.requestId), ['grant.revoked']);
  });
});
