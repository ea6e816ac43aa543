/** What has lain unused: keys, secrets and grants that nobody would miss. */
import type { UseSubject } from '../store/last-uses.ts';
import { selectUsedSince } from '../store/last-uses.ts';
import type { ApiParts } from './parts.ts';

export const DAY_MS = 24 * 3600 * 1000;

/** Those of `rows` that were made before `days` days and not used since, by the database's clock; all without `days`. */
export async function unusedFor<R extends { readonly created_at: Date }>(
  parts: Pick<ApiParts, 'db' | 'clock'>,
  of: { readonly appId: string; readonly subject: UseSubject; readonly days: number | undefined },
  rows: readonly R[],
  idOf: (row: R) => string,
): Promise<readonly R[]> {
  if (of.days === undefined) return rows;
  const since = new Date(parts.clock.now() - of.days * DAY_MS);
  const old = rows.filter((row) => row.created_at < since);
  if (old.length === 0) return old;
  const used = await selectUsedSince(parts.db, of.appId, of.subject, since);
  return old.filter((row) => !used.has(idOf(row)));
}
