/**
 * What has to be done from time to time, on every server; each task is safe when several do it at once.
 * A task that fails is logged and comes again.
 */
import type { KeyObject } from 'node:crypto';
import type { Boundaries } from './access/boundaries.ts';
import type { Clock } from './access/clock.ts';
import { retentionInForce } from './access/retention.ts';
import { endOverlapsOver } from './api/overlap.ts';
import { remindOfRotations } from './api/rotation-reminders.ts';
import type { AuditLog } from './audit/log.ts';
import { beat, closeDeadWriters, closeSilentReleases, HEARTBEAT_MS } from './audit/recovery.ts';
import { dropOldPartitions, ensurePartitions, keptSince } from './audit/retention.ts';
import { forgetUsage } from './audit/usage/count.ts';
import type { AuditWriter } from './audit/writer.ts';
import type { Log } from './log.ts';
import type { Outbox } from './notify/outbox.ts';
import { deleteOldApprovals } from './store/approvals.ts';
import { deleteOldSessions } from './store/sessions.ts';
import { deleteOldFailures } from './store/sign-in-tries.ts';
import { deleteOldChallenges } from './store/used-challenges.ts';
import type { CounterStore } from './store/counters.ts';
import type { Database } from './store/database.ts';
import { shredReplacedVersions } from './store/secret-versions.ts';
import { IntegrityError } from './vault/integrity.ts';

const RECOVER_EVERY_MS = 20_000;
const INTEGRATE_EVERY_MS = 5_000;
const SHRED_EVERY_MS = 30_000;
const CLEAN_COUNTERS_EVERY_MS = 60_000;
const END_OVERLAPS_EVERY_MS = 20_000;
/** A reminder is at most this late. */
const REMIND_EVERY_MS = 3600 * 1000;
const PARTITIONS_EVERY_MS = 6 * 3600 * 1000;
const CLEAN_PEOPLE_EVERY_MS = 3600 * 1000;
/** An ended session tells its owner nothing any more. */
const SESSIONS_KEPT_DAYS = 30;
const APPROVALS_AT_ONCE = 500;

export interface UpkeepParts {
  readonly db: Database;
  readonly counters: CounterStore;
  readonly audit: AuditWriter;
  readonly auditLog: AuditLog;
  readonly clock: Clock;
  readonly boundaries: Boundaries;
  readonly outbox: Outbox;
  /** Runs in the owner role; undefined where there is none. */
  readonly asOwner: (<T>(work: (owner: Database) => Promise<T>) => Promise<T>) | undefined;
  /** As the operator says; the organization may have set more. */
  readonly retentionMonthsMin: number | undefined;
  readonly macKey: () => KeyObject;
  readonly log: Log;
}

export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Resolves when what the first call needs is done. */
  async start(): Promise<void> {
    const { db, audit, auditLog, counters } = this.#parts;
    await this.#partitions();
    await beat(db, audit);
    this.#every(HEARTBEAT_MS, 'heartbeat', () => beat(db, audit));
    this.#every(RECOVER_EVERY_MS, 'closing calls without outcome', () => this.#recover());
    this.#every(INTEGRATE_EVERY_MS, 'integrating the audit log', () => auditLog.integrate());
    this.#every(SHRED_EVERY_MS, 'shredding replaced credentials', () => shredReplacedVersions(db));
    this.#every(CLEAN_COUNTERS_EVERY_MS, 'deleting ended counters of limits', () => counters.clean());
    this.#every(END_OVERLAPS_EVERY_MS, 'ending overlaps of rotations', () => endOverlapsOver(this.#parts));
    this.#every(CLEAN_PEOPLE_EVERY_MS, 'deleting ended sessions and what is like them', () =>
      this.#forgetSignIns(),
    );
    this.#every(REMIND_EVERY_MS, 'reminding of rotations', () => remindOfRotations(this.#parts));
    this.#every(PARTITIONS_EVERY_MS, 'making audit partitions', () => this.#partitions());
    void this.#run('closing calls without outcome', () => this.#recover());
    void this.#run('reminding of rotations', () => remindOfRotations(this.#parts));
  }

  /** Something more, now and from time to time. */
  also(ms: number, what: string, work: () => Promise<unknown>): void {
    this.#every(ms, what, work);
    void this.#run(what, work);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #every(ms: number, what: string, work: () => Promise<unknown>): void {
    this.#timers.push(setInterval(() => void this.#run(what, work), ms).unref());
  }

  async #run(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.log.warn({ err: error }, `${what} failed; it is tried again`);
    }
  }

  async #recover(): Promise<void> {
    const { db, audit, log } = this.#parts;
    const closed = (await closeDeadWriters(db, audit)) + (await closeSilentReleases(db, audit));
    if (closed > 0) log.info({ calls: closed }, 'closed calls whose outcome nobody told, as unknown');
  }

  async #partitions(): Promise<void> {
    const { asOwner, db, log } = this.#parts;
    const months = await this.#retention();
    const work = async (owner: Database): Promise<void> => {
      await ensurePartitions(owner);
      if (months === undefined) return;
      const dropped = await dropOldPartitions(owner, months);
      if (dropped.length > 0) log.info({ dropped }, 'dropped audit partitions past their retention');
    };
    // Without an owner role the runtime role owns the tables itself.
    await (asOwner === undefined ? work(db) : asOwner(work));
    if (months === undefined) return;
    await this.#forgetApprovals(keptSince(months));
    await forgetUsage(db, keptSince(months));
  }

  /** Where it can't be known nothing is dropped. */
  async #retention(): Promise<number | undefined> {
    const { db, macKey, retentionMonthsMin, clock, log } = this.#parts;
    try {
      return await retentionInForce(db, macKey(), retentionMonthsMin, clock.now());
    } catch (error) {
      const alarm = error instanceof IntegrityError ? { alarm: 'integrity' } : {};
      log.error({ ...alarm, err: error }, 'how long the audit log is kept is not known: nothing is dropped');
      return undefined;
    }
  }

  async #forgetSignIns(): Promise<void> {
    const { db } = this.#parts;
    await deleteOldSessions(db, SESSIONS_KEPT_DAYS);
    await deleteOldFailures(db);
    await deleteOldChallenges(db);
  }

  /** A held call is kept as long as the events that tell of it. */
  async #forgetApprovals(before: Date): Promise<void> {
    for (;;)
      if ((await deleteOldApprovals(this.#parts.db, before, APPROVALS_AT_ONCE)) < APPROVALS_AT_ONCE) return;
  }
}
