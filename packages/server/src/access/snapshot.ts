/**
 * The deciding rows of one app in memory, checked: every row's MAC, and the digest over all of them against the
 * app's own row. A snapshot is brought up to a later epoch by the rows that changed since (I6, I12).
 * No I/O here; `boundaries.ts` reads.
 */
import type { KeyObject } from 'node:crypto';
import {
  DECIDING_NAMES,
  decidingId,
  type AgentRow,
  type AppRow,
  type DecidingName,
  type DecidingRows,
  type GrantRow,
  type KeyRow,
  type PolicyRow,
  type SecretRow,
} from '../store/deciding.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { FingerprintIndex } from '../vault/fingerprint.ts';
import { boundaryMac, macEquals, type SetDigest } from '../vault/mac.ts';
import { digestOfApp, isRecordSealed, macOfApp } from './row-macs.ts';

export type DecidingLists = { readonly [Name in DecidingName]: readonly DecidingRows[Name][] };
type DecidingMaps = { readonly [Name in DecidingName]: Map<string, DecidingRows[Name]> };

export class AppSnapshot {
  readonly appId: string;
  readonly orgId: string;
  readonly #macKey: KeyObject;
  readonly #rows: DecidingMaps = {
    agents: new Map(),
    api_keys: new Map(),
    secrets: new Map(),
    grants: new Map(),
    policies: new Map(),
  };
  readonly #digest: SetDigest;
  #epoch = -1n;
  #name: string;
  #fingerprints: FingerprintIndex | undefined;

  /** @throws IntegrityError when a row, or the set of rows, is not what was sealed */
  constructor(macKey: KeyObject, app: AppRow, lists: DecidingLists) {
    this.#macKey = macKey;
    this.appId = app.app_id;
    this.orgId = app.org_id;
    this.#name = app.name;
    this.#digest = digestOfApp(macKey, app);
    this.advance(app, lists);
  }

  get name(): string {
    return this.#name;
  }

  get epoch(): bigint {
    return this.#epoch;
  }

  agent(id: string): AgentRow | undefined {
    return this.#rows.agents.get(id);
  }

  key(id: string): KeyRow | undefined {
    return this.#rows.api_keys.get(id);
  }

  secret(id: string): SecretRow | undefined {
    return this.#rows.secrets.get(id);
  }

  grant(id: string): GrantRow | undefined {
    return this.#rows.grants.get(id);
  }

  policy(id: string): PolicyRow | undefined {
    return this.#rows.policies.get(id);
  }

  all<Name extends DecidingName>(name: Name): MapIterator<DecidingRows[Name]> {
    return this.#rows[name].values();
  }

  /** Recognises the stored values of this app in what a caller sends for the audit log. */
  get fingerprints(): FingerprintIndex {
    this.#fingerprints ??= new FingerprintIndex(
      this.#macKey,
      this.appId,
      [...this.#rows.secrets.values()].flatMap((secret) => [
        ...secret.fingerprints,
        ...(secret.previous_fingerprints ?? []),
      ]),
    );
    return this.#fingerprints;
  }

  /**
   * Takes in the rows that changed up to the epoch of `app`. All or nothing is not needed: whoever gets an
   * IntegrityError throws the snapshot away.
   */
  advance(app: AppRow, changed: DecidingLists): void {
    checkAppRow(this.#macKey, app);
    if (app.epoch < this.#epoch) throw new IntegrityError(`app ${app.app_id} went back to an earlier epoch`);
    this.#rename(app);
    for (const name of DECIDING_NAMES) this.#take(name, changed[name]);
    if (!this.#digest.bytes.equals(app.digest)) {
      throw new IntegrityError(
        `the deciding rows of app ${app.app_id} are not those of its epoch ${app.epoch}`,
      );
    }
    this.#epoch = app.epoch;
    if (changed.secrets.length > 0) this.#fingerprints = undefined;
  }

  #rename(app: AppRow): void {
    if (app.name === this.#name) return;
    const { appId, orgId } = this;
    this.#digest.remove(macOfApp(this.#macKey, { app_id: appId, org_id: orgId, name: this.#name }));
    this.#digest.add(macOfApp(this.#macKey, app));
    this.#name = app.name;
  }

  #take<Name extends DecidingName>(name: Name, rows: readonly DecidingRows[Name][]): void {
    const known = this.#rows[name];
    for (const row of rows) {
      const id = decidingId(name, row);
      if (!isRecordSealed(this.#macKey, name, row)) {
        throw new IntegrityError(`the row ${id} of ${name} is not what was sealed`);
      }
      const before = known.get(id);
      if (before !== undefined) this.#digest.remove(before.mac);
      this.#digest.add(row.mac);
      known.set(id, row);
    }
  }
}

/** @throws IntegrityError when the app's own row is not what was written */
export function checkAppRow(macKey: KeyObject, app: AppRow): void {
  const mac = boundaryMac(macKey, { appId: app.app_id, epoch: app.epoch, digest: app.digest });
  if (!macEquals(app.mac, mac))
    throw new IntegrityError(`the row of app ${app.app_id} is not what was sealed`);
}
