/**
 * The boundary of people: an organization's epoch and the digest over its members and what they come in with, changed in one place
 * and asked whenever one of these rows decides. A row that is right by itself, yet not of the set that was written last,
 * is one that somebody copied back (I6, F15). Sessions decide nothing by themselves and are not in it.
 */
import type { KeyObject } from 'node:crypto';
import type { AuditWriter } from '../audit/writer.ts';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';
import type { Database, Queryable } from '../store/database.ts';
import {
  findAuditedPeopleEpoch,
  findOrganizationRow,
  findOrganizationRows,
  lockOrganization,
  selectUnsealedOrganizations,
  updateOrganizationBoundary,
  type OrganizationRow,
  type OrganizationRows,
} from '../store/organizations.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { macEquals, organizationMac, SetDigest } from '../vault/mac.ts';
import { OpenPeopleDraft, type PeopleDraft } from './people-draft.ts';
import { recordMac } from './row-macs.ts';

/** The set is read anew this often, to find rows that were deleted or added behind the server's back. */
const RECONCILE_MS_MIN = 2_000;
const RECONCILE_MS_MAX = 240_000;
/** Reading it may take this share of the time. */
const RECONCILE_SHARE = 1 / 100;
/** The first change of an organization is its making: before it there is nothing to go back to. */
const FIRST_EPOCH = 1n;

interface Known {
  readonly epoch: bigint;
  /** Never changes. */
  readonly name: string;
  readonly digest: SetDigest;
  readonly macs: ReadonlySet<string>;
  readonly loadedAt: number;
  readonly loadMs: number;
}

const keyOf = (mac: Buffer): string => mac.toString('base64');

export class Organizations {
  readonly #db: Database;
  readonly #macKey: () => KeyObject;
  readonly #audit: AuditWriter;
  readonly #log: Log;
  readonly #known = new Map<string, Known>();
  /** The highest epoch of each that was ever read here. */
  readonly #epochs = new Map<string, bigint>();
  readonly #loading = new Map<string, Promise<Known>>();

  constructor(db: Database, macKey: () => KeyObject, audit: AuditWriter, log: Log) {
    this.#db = db;
    this.#macKey = macKey;
    this.#audit = audit;
    this.#log = log;
  }

  /** The boundary of an organization without people. */
  make(orgId: string, name: string): OrganizationRow {
    return this.#sealed({ org_id: orgId, name, epoch: 0n }, this.#emptyDigest({ org_id: orgId, name }));
  }

  /**
   * Whether rows with these MACs are all in the organization's set now. False, too, when one was changed since it was read.
   * One read by primary key while nothing changes. @throws Refusal `integrity_error`
   */
  async holds(orgId: string, macs: readonly Buffer[]): Promise<boolean> {
    const row = await findOrganizationRow(this.#db, orgId);
    return this.#guard(async () => {
      const known = await this.#current(orgId, row);
      return macs.every((mac) => known.macs.has(keyOf(mac)));
    });
  }

  /** Changes people of one organization, with their audit events, in one transaction. */
  async change<T>(orgId: string, work: (draft: PeopleDraft) => Promise<T>): Promise<T> {
    const result = await this.#db.transaction((tx) => this.changeIn(tx, orgId, work));
    // So that its epoch is known here from now on, also when nobody asks before somebody puts it back.
    await this.#fresh(orgId).catch((error: unknown) =>
      this.#log.warn({ err: error }, 'reading an organization after its change failed'),
    );
    return result;
  }

  /** The same inside a transaction of the caller's. */
  async changeIn<T>(tx: Queryable, orgId: string, work: (draft: PeopleDraft) => Promise<T>): Promise<T> {
    const row = await lockOrganization(tx, orgId);
    if (row === undefined) throw new Refusal('not_found');
    const draft = await this.#guard(async () => {
      const digest = this.#digestOf(row);
      this.#refuseRollback(row, undefined);
      return new OpenPeopleDraft(tx, this.#macKey(), orgId, row.epoch + 1n, digest);
    });
    const result = await work(draft);
    if (!draft.isChanged) return result;
    await updateOrganizationBoundary(tx, this.#sealed({ ...row, epoch: draft.epoch }, draft.digest));
    await this.#audit.appendInTransaction(tx, await draft.events());
    return result;
  }

  /**
   * Gives organizations from before there were digests theirs, once. I6: never one whose people were changed under a digest
   * before, or whoever may write SQL would put its rows back, empty the digest and wait for a start.
   */
  async sealUnsealed(): Promise<void> {
    for (const orgId of await selectUnsealedOrganizations(this.#db)) {
      const isSealed = await this.#db.transaction((tx) => this.#sealOne(tx, orgId));
      if (isSealed)
        this.#log.info({ organization_id: orgId }, 'the people of an organization have a digest now');
    }
  }

  async #sealOne(tx: Queryable, orgId: string): Promise<boolean> {
    const locked = await lockOrganization(tx, orgId);
    if (locked === undefined || locked.digest !== null) return false;
    if (((await findAuditedPeopleEpoch(tx, orgId)) ?? 0n) > FIRST_EPOCH) return false;
    const row = await findOrganizationRows(tx, orgId);
    if (row === undefined) return false;
    const digest = this.#emptyDigest(row);
    for (const mac of row.macs) digest.add(mac);
    await updateOrganizationBoundary(tx, this.#sealed({ ...row, epoch: FIRST_EPOCH }, digest));
    return true;
  }

  /** What is known, as of `row` or later. @throws IntegrityError */
  async #current(orgId: string, row: OrganizationRow | undefined): Promise<Known> {
    const known = this.#known.get(orgId);
    if (known === undefined || row === undefined) return this.#once(orgId);
    if (row.epoch !== known.epoch) return this.#fresh(orgId);
    this.#checkRow(row);
    if (row.name !== known.name || !known.digest.bytes.equals(row.digest ?? Buffer.alloc(0)))
      throw notItsSet(row);
    const every = Math.min(Math.max(known.loadMs / RECONCILE_SHARE, RECONCILE_MS_MIN), RECONCILE_MS_MAX);
    return performance.now() - known.loadedAt > every ? this.#once(orgId) : known;
  }

  async #fresh(orgId: string): Promise<Known> {
    // A read that is under way may have begun before the change that the caller knows of.
    await this.#loading.get(orgId)?.catch(() => undefined);
    return this.#once(orgId);
  }

  #once(orgId: string): Promise<Known> {
    let loading = this.#loading.get(orgId);
    if (loading === undefined) {
      loading = this.#load(orgId).finally(() => this.#loading.delete(orgId));
      this.#loading.set(orgId, loading);
    }
    return loading;
  }

  async #load(orgId: string): Promise<Known> {
    const startedAt = performance.now();
    // First what was audited: a change that commits in between is in the row then, and not the other way round.
    const audited = await findAuditedPeopleEpoch(this.#db, orgId);
    const row = await findOrganizationRows(this.#db, orgId);
    if (row === undefined) throw new IntegrityError(`the row of organization ${orgId} is gone`);
    this.#refuseRollback(row, audited);
    const { digest, macs } = this.#check(row);
    const now = performance.now();
    const known = { epoch: row.epoch, name: row.name, digest, macs, loadedAt: now, loadMs: now - startedAt };
    this.#known.set(orgId, known);
    this.#epochs.set(orgId, row.epoch);
    return known;
  }

  /** Works out the digest of the rows: from the one before, so that a change costs what changed. @throws IntegrityError */
  #check(row: OrganizationRows): { digest: SetDigest; macs: Set<string> } {
    const stored = this.#digestOf(row).bytes;
    const before = this.#known.get(row.org_id);
    if (before !== undefined && before.name !== row.name) throw notItsSet(row);
    const digest =
      before === undefined
        ? this.#emptyDigest(row)
        : SetDigest.fromBytes(this.#macKey(), before.digest.bytes);
    const macs = new Set<string>();
    for (const mac of row.macs) {
      const key = keyOf(mac);
      if (macs.has(key)) throw notItsSet(row);
      macs.add(key);
      if (before?.macs.has(key) !== true) digest.add(mac);
    }
    for (const key of before?.macs ?? []) if (!macs.has(key)) digest.remove(Buffer.from(key, 'base64'));
    if (!digest.bytes.equals(stored)) throw notItsSet(row);
    return { digest, macs };
  }

  /** F15: people of before a change, copied back together with their organization, add up; but what came later is known. */
  #refuseRollback(row: OrganizationRow, audited: bigint | undefined): void {
    const known = this.#epochs.get(row.org_id) ?? 0n;
    const newest = audited !== undefined && audited > known ? audited : known;
    if (row.epoch < newest)
      throw new IntegrityError(`organization ${row.org_id} is at epoch ${row.epoch}, and was at ${newest}`);
  }

  #digestOf(row: OrganizationRow): SetDigest {
    this.#checkRow(row);
    return SetDigest.fromBytes(this.#macKey(), row.digest ?? Buffer.alloc(0));
  }

  #checkRow(row: OrganizationRow): void {
    const { org_id: orgId, epoch, digest, mac } = row;
    if (digest === null || mac === null) throw notSealed(row);
    if (!macEquals(mac, organizationMac(this.#macKey(), { orgId, epoch, digest }))) throw notSealed(row);
  }

  #sealed(row: Pick<OrganizationRow, 'org_id' | 'name' | 'epoch'>, digest: SetDigest): OrganizationRow {
    const { bytes } = digest;
    const mac = organizationMac(this.#macKey(), { orgId: row.org_id, epoch: row.epoch, digest: bytes });
    return { org_id: row.org_id, name: row.name, epoch: row.epoch, digest: bytes, mac };
  }

  /** Its first element is what the organization is, which never changes. */
  #emptyDigest(row: Pick<OrganizationRow, 'org_id' | 'name'>): SetDigest {
    const digest = SetDigest.empty(this.#macKey());
    digest.add(recordMac(this.#macKey(), 'organizations', { org_id: row.org_id, name: row.name }));
    return digest;
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      this.#log.error({ alarm: 'integrity', err: error }, 'a stored row is not what was sealed');
      throw new Refusal('integrity_error', { cause: error });
    }
  }
}

const notSealed = (row: OrganizationRow): IntegrityError =>
  new IntegrityError(`the row of organization ${row.org_id} is not what was sealed`);
const notItsSet = (row: OrganizationRow): IntegrityError =>
  new IntegrityError(`the people of organization ${row.org_id} are not those of its epoch ${row.epoch}`);
