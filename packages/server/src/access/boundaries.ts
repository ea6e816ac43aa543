/**
 * The apps' deciding rows: kept in memory for the data path, changed in one place for the control plane.
 * Reading is lazy and single-flight; a change bumps the app's epoch in the transaction that makes it, so that
 * no call can be authorised under what was before (I12).
 */
import type { KeyObject } from 'node:crypto';
import type { AuditWriter } from '../audit/writer.ts';
import type { AuditEvent } from '../audit/event.ts';
import { newRequestId } from '../ids.ts';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';
import { renameApp } from '../store/apps.ts';
import type { Database, Queryable } from '../store/database.ts';
import {
  findApp,
  findAuditedEpoch,
  findDeciding,
  insertDeciding,
  lockApp,
  readConsistently,
  selectAllDeciding,
  selectDecidingSince,
  updateAppBoundary,
  updateDeciding,
  type AppRow,
  type DecidingName,
  type DecidingRows,
} from '../store/deciding.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { boundaryMac, SetDigest } from '../vault/mac.ts';
import { AppLookup } from './app-lookup.ts';
import { isRecordSealed, macOfApp, sealRow, type Unsealed } from './row-macs.ts';
import { AppSnapshot, checkAppRow, type DecidingLists } from './snapshot.ts';

/** Apps that are kept in memory at once; the least recently read goes first. */
const APPS_IN_MEMORY_MAX = 1000;
/** A snapshot is read anew from the ground up this often, to find rows that were changed behind the server's back. */
const RECONCILE_MS_MIN = 2_000;
const RECONCILE_MS_MAX = 240_000;
/** A reconcile may take this share of the time. */
const RECONCILE_SHARE = 1 / 100;

interface Entry {
  snapshot: AppSnapshot;
  loadedAt: number;
  loadMs: number;
}

/** What a change of the control plane may do inside its transaction. */
export interface Draft {
  readonly tx: Queryable;
  readonly appId: string;
  /** The epoch that the app has once this is committed. */
  readonly epoch: bigint;
  get<Name extends DecidingName>(name: Name, id: string): Promise<DecidingRows[Name] | undefined>;
  insert<Name extends DecidingName>(
    name: Name,
    row: Omit<Unsealed<Name>, 'app_id' | 'epoch'>,
  ): Promise<DecidingRows[Name]>;
  update<Name extends DecidingName>(
    name: Name,
    before: DecidingRows[Name],
    change: Partial<Unsealed<Name>>,
  ): Promise<DecidingRows[Name]>;
  /** Gives the app itself another name. @throws UniqueViolation */
  rename(name: string): Promise<void>;
  /** An audit event of this change; each kind once per request id, so that a second one gets an id of its own. */
  audit(event: AuditEvent): void;
}

export class Boundaries {
  readonly #db: Database;
  readonly #macKey: () => KeyObject;
  readonly #audit: AuditWriter;
  readonly #log: Log;
  readonly #apps = new Map<string, Entry>();
  /** The highest epoch of each app that was ever read here. */
  readonly #epochs = new Map<string, bigint>();
  readonly #loading = new Map<string, Promise<AppSnapshot | undefined>>();
  readonly #lookup: AppLookup;

  constructor(db: Database, macKey: () => KeyObject, audit: AuditWriter, log: Log) {
    this.#db = db;
    this.#lookup = new AppLookup(db);
    this.#macKey = macKey;
    this.#audit = audit;
    this.#log = log;
  }

  /**
   * What is in memory of an app; undefined when nothing is, or nothing recent enough. A busy app is read anew behind the
   * calls, an idle one before the next call.
   */
  cached(appId: string): AppSnapshot | undefined {
    const entry = this.#apps.get(appId);
    if (entry === undefined) return undefined;
    this.#touch(appId, entry);
    const overdue = this.#overdue(entry);
    if (overdue > 1) return undefined;
    if (overdue > 0) void this.#once(appId, () => this.#load(appId)).catch(() => this.forget(appId));
    return entry.snapshot;
  }

  /** The app's snapshot, read if it is not in memory; undefined when there is no such app. */
  async find(appId: string): Promise<AppSnapshot | undefined> {
    return this.cached(appId) ?? (await this.#once(appId, () => this.#load(appId)));
  }

  /** The app's snapshot at the epoch that the database has now, or a later one. */
  async fresh(appId: string): Promise<AppSnapshot | undefined> {
    // A read that is under way may have begun before the change that the caller wants to see: wait, then read again.
    await this.#loading.get(appId)?.catch(() => undefined);
    return this.#once(appId, () => this.#advance(appId));
  }

  /** Changes deciding rows of one app, with their audit events, in one transaction. */
  async change<T>(appId: string, work: (draft: Draft) => Promise<T>): Promise<T> {
    const result = await this.#db.transaction((tx) => this.changeIn(tx, appId, work));
    await this.fresh(appId).catch((error: unknown) =>
      this.#log.warn({ err: error }, 'reading an app after its change failed'),
    );
    return result;
  }

  /** The same inside a transaction of the caller's. */
  async changeIn<T>(tx: Queryable, appId: string, work: (draft: Draft) => Promise<T>): Promise<T> {
    const app = await lockApp(tx, appId);
    if (app === undefined) throw new Refusal('not_found');
    const macKey = this.#macKey();
    return this.#guard(appId, async () => {
      checkAppRow(macKey, app);
      const draft = new OpenDraft(tx, macKey, app, SetDigest.fromBytes(macKey, app.digest));
      const result = await work(draft);
      await draft.close(this.#audit);
      return result;
    });
  }

  /** Forgets what is in memory: the next call reads anew. */
  forget(appId: string): void {
    this.#apps.delete(appId);
  }

  /** By how many intervals a reconcile is late. */
  #overdue(entry: Entry): number {
    const every = Math.min(Math.max(entry.loadMs / RECONCILE_SHARE, RECONCILE_MS_MIN), RECONCILE_MS_MAX);
    return (performance.now() - entry.loadedAt) / every - 1;
  }

  #once(appId: string, read: () => Promise<AppSnapshot | undefined>): Promise<AppSnapshot | undefined> {
    const running = this.#loading.get(appId);
    if (running !== undefined) return running;
    const started = this.#guard(appId, read).finally(() => this.#loading.delete(appId));
    this.#loading.set(appId, started);
    return started;
  }

  async #guard<T>(appId: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      this.forget(appId);
      this.#log.error({ alarm: 'integrity', err: error }, 'a stored row is not what was sealed');
      throw new Refusal('integrity_error', { cause: error });
    }
  }

  async #load(appId: string): Promise<AppSnapshot | undefined> {
    const startedAt = performance.now();
    // A made-up app id, which any stranger can send, costs no more than a wrong key (A15).
    if (!this.#apps.has(appId) && !(await this.#lookup.exists(appId))) return undefined;
    const snapshot = await readConsistently(this.#db, async (tx) => {
      const app = await findApp(tx, appId);
      if (app === undefined) return undefined;
      this.#refuseRollback(app, await findAuditedEpoch(tx, appId));
      return new AppSnapshot(this.#macKey(), app, await lists((name) => selectAllDeciding(tx, name, appId)));
    });
    if (snapshot === undefined) {
      this.#apps.delete(appId);
      return undefined;
    }
    this.#epochs.set(appId, snapshot.epoch);
    const now = performance.now();
    this.#apps.set(appId, { snapshot, loadedAt: now, loadMs: now - startedAt });
    this.#evict();
    return snapshot;
  }

  async #advance(appId: string): Promise<AppSnapshot | undefined> {
    const entry = this.#apps.get(appId);
    if (entry === undefined || this.#overdue(entry) > 1) return this.#load(appId);
    const app = await findApp(this.#db, appId);
    if (app?.epoch === entry.snapshot.epoch) return entry.snapshot;
    try {
      await readConsistently(this.#db, async (tx) => {
        const current = await findApp(tx, appId);
        if (current === undefined) throw new IntegrityError(`the row of app ${appId} is gone`);
        const { epoch } = entry.snapshot;
        entry.snapshot.advance(current, await lists((name) => selectDecidingSince(tx, name, appId, epoch)));
      });
    } catch (error) {
      this.#apps.delete(appId);
      throw error;
    }
    this.#epochs.set(appId, entry.snapshot.epoch);
    return entry.snapshot;
  }

  /** F15: rows of before a change, copied back together with their app's, add up; but what came later is known. */
  #refuseRollback(app: AppRow, audited: bigint | undefined): void {
    const known = this.#epochs.get(app.app_id) ?? audited ?? 0n;
    const newest = audited !== undefined && audited > known ? audited : known;
    if (app.epoch < newest)
      throw new IntegrityError(`app ${app.app_id} is at epoch ${app.epoch}, and was at ${newest}`);
  }

  /** Keeps the order of use where it will be asked for. */
  #touch(appId: string, entry: Entry): void {
    if (this.#apps.size < APPS_IN_MEMORY_MAX) return;
    this.#apps.delete(appId);
    this.#apps.set(appId, entry);
  }

  #evict(): void {
    if (this.#apps.size <= APPS_IN_MEMORY_MAX) return;
    const oldest = this.#apps.keys().next();
    if (oldest.value !== undefined) this.#apps.delete(oldest.value);
  }
}

async function lists(
  read: <Name extends DecidingName>(name: Name) => Promise<DecidingRows[Name][]>,
): Promise<DecidingLists> {
  return {
    agents: await read('agents'),
    api_keys: await read('api_keys'),
    secrets: await read('secrets'),
    grants: await read('grants'),
    policies: await read('policies'),
  };
}

class OpenDraft implements Draft {
  readonly tx: Queryable;
  readonly appId: string;
  readonly epoch: bigint;
  readonly #app: AppRow;
  readonly #macKey: KeyObject;
  readonly #digest: SetDigest;
  readonly #events: AuditEvent[] = [];

  constructor(tx: Queryable, macKey: KeyObject, app: AppRow, digest: SetDigest) {
    this.tx = tx;
    this.appId = app.app_id;
    this.epoch = app.epoch + 1n;
    this.#app = app;
    this.#macKey = macKey;
    this.#digest = digest;
  }

  async get<Name extends DecidingName>(name: Name, id: string): Promise<DecidingRows[Name] | undefined> {
    const row = await findDeciding(this.tx, name, this.appId, id);
    if (row !== undefined && !isRecordSealed(this.#macKey, name, row)) {
      throw new IntegrityError(`the row ${id} of ${name} is not what was sealed`);
    }
    return row;
  }

  async insert<Name extends DecidingName>(
    name: Name,
    row: Omit<Unsealed<Name>, 'app_id' | 'epoch'>,
  ): Promise<DecidingRows[Name]> {
    const whole = { ...row, app_id: this.appId, epoch: this.epoch } as unknown as Unsealed<Name>; // the two that were omitted
    const sealed = sealRow(this.#macKey, name, whole);
    await insertDeciding(this.tx, name, sealed);
    this.#digest.add(sealed.mac);
    return sealed;
  }

  async update<Name extends DecidingName>(
    name: Name,
    before: DecidingRows[Name],
    change: Partial<Unsealed<Name>>,
  ): Promise<DecidingRows[Name]> {
    const sealed = sealRow(this.#macKey, name, { ...before, ...change, epoch: this.epoch });
    await updateDeciding(this.tx, name, sealed);
    this.#digest.remove(before.mac);
    this.#digest.add(sealed.mac);
    return sealed;
  }

  async rename(name: string): Promise<void> {
    await renameApp(this.tx, this.appId, name);
    this.#digest.remove(macOfApp(this.#macKey, this.#app));
    this.#digest.add(macOfApp(this.#macKey, { ...this.#app, name }));
  }

  audit(event: AuditEvent): void {
    const isSecond = this.#events.some(
      (other) => other.requestId === event.requestId && other.kind === event.kind,
    );
    const requestId = isSecond ? newRequestId() : event.requestId;
    const ordinal = this.#events.filter((other) => other.requestId === requestId).length;
    this.#events.push({ ...event, requestId, ordinal, appId: this.appId, epoch: this.epoch });
  }

  async close(audit: AuditWriter): Promise<void> {
    const digest = this.#digest.bytes;
    const mac = boundaryMac(this.#macKey, { appId: this.appId, epoch: this.epoch, digest });
    await updateAppBoundary(this.tx, { app_id: this.appId, epoch: this.epoch, digest, mac });
    await audit.appendInTransaction(this.tx, this.#events);
  }
}
