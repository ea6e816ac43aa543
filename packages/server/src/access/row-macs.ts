/**
 * What the MAC of a deciding row covers (DESIGN §5, I6). Pure: rows and keys in, rows and verdicts out.
 */
import type { KeyObject } from 'node:crypto';
import type { AppRow, DecidingName, DecidingRows } from '../store/deciding.ts';
import { macEquals, rowMac, SetDigest } from '../vault/mac.ts';

/** A row as it is stored, without its MAC: what the MAC covers. */
export type Unsealed<Name extends DecidingName> = Omit<DecidingRows[Name], 'mac'>;

function canonicalValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (typeof value === 'bigint') return value.toString();
  return value;
}

/**
 * Columns that came after rows were stored: left out while they are null, so that the MACs of those rows hold. No two
 * rows have one record: a column that is set is always in it.
 */
const LATER_COLUMNS: ReadonlySet<string> = new Set([
  'rotated_from',
  'replaced_by',
  'lineage_id',
  'overlap_until',
  'previous_fingerprints',
  'role_arn',
]);

/** The same of members alone: agents had a `display_name` from the beginning. */
const LATER_MEMBER_COLUMNS: ReadonlySet<string> = new Set(['display_name', 'second_factor_id']);

function canonicalRow(table: string, row: object): Record<string, unknown> {
  const later = table === 'members' ? LATER_MEMBER_COLUMNS : LATER_COLUMNS;
  const record: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row)) {
    if (column === 'mac' || (value === null && later.has(column))) continue;
    record[column] = canonicalValue(value);
  }
  return record;
}

/** The MAC of any row that decides: all its columns but `mac` itself. */
export function recordMac(key: KeyObject, table: string, row: object): Buffer {
  return rowMac(key, table, canonicalRow(table, row));
}

export function isRecordSealed(key: KeyObject, table: string, row: { readonly mac: Buffer }): boolean {
  return macEquals(row.mac, recordMac(key, table, row));
}

/** The row under its MAC. */
export function sealRow<Name extends DecidingName>(
  key: KeyObject,
  name: Name,
  row: Unsealed<Name>,
): DecidingRows[Name] {
  return { ...row, mac: recordMac(key, name, row) } as unknown as DecidingRows[Name]; // `Unsealed & mac` is the row
}

type AppIdentity = Pick<AppRow, 'app_id' | 'org_id' | 'name'>;

/** What an app is: its id and organization, which never change and decide who may touch it, and its name. */
export const macOfApp = (key: KeyObject, app: AppIdentity): Buffer =>
  recordMac(key, 'apps', { app_id: app.app_id, org_id: app.org_id, name: app.name });

/** The digest of an app without deciding rows: its first element is what the app is. */
export function digestOfApp(key: KeyObject, app: AppIdentity): SetDigest {
  const digest = SetDigest.empty(key);
  digest.add(macOfApp(key, app));
  return digest;
}
