/**
 * How long the audit log is kept: what the operator started the vault with holds by default and at least; the organization may
 * set more, or any span where the operator set none. Must never let a row that the vault did not write shorten it.
 */
import type { KeyObject } from 'node:crypto';
import type { Queryable } from '../store/database.ts';
import { findOrganization } from '../store/people.ts';
import { findSettings, upsertSettings, type SettingsRow } from '../store/settings.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { isRecordSealed, recordMac } from './row-macs.ts';

/** Within it whoever sees the event of a change that nobody wanted can take it back, with nothing lost. */
export const GRACE_MS = 24 * 3600 * 1000;
const TABLE = 'organization_settings';

export interface Retention {
  /** Undefined: for ever. */
  readonly months: number | undefined;
  /** Undefined: never set here. */
  readonly changedAt: Date | undefined;
}

/** @throws IntegrityError for a row that the vault did not write */
export async function findRetention(
  db: Queryable,
  macKey: KeyObject,
  orgId: string,
  monthsMin: number | undefined,
): Promise<Retention> {
  const row = await findSettings(db, orgId);
  if (row === undefined) return { months: monthsMin, changedAt: undefined };
  if (!isRecordSealed(macKey, TABLE, row))
    throw new IntegrityError(`the settings of organization ${orgId} are not what was sealed`);
  const set = row.audit_retention_months ?? undefined;
  // The operator may have set more since.
  const months = set === undefined || monthsMin === undefined ? set : Math.max(set, monthsMin);
  return { months, changedAt: row.changed_at };
}

export async function storeRetention(
  tx: Queryable,
  macKey: KeyObject,
  set: Omit<SettingsRow, 'mac'>,
): Promise<void> {
  await upsertSettings(tx, { ...set, mac: recordMac(macKey, TABLE, set) });
}

/** By which whole months are dropped now; undefined for none: also where a change is too young. @throws IntegrityError */
export async function retentionInForce(
  db: Queryable,
  macKey: KeyObject,
  monthsMin: number | undefined,
  now: number,
): Promise<number | undefined> {
  const orgId = await findOrganization(db);
  if (orgId === undefined) return monthsMin;
  const { months, changedAt } = await findRetention(db, macKey, orgId, monthsMin);
  return changedAt !== undefined && now - changedAt.getTime() < GRACE_MS ? undefined : months;
}
