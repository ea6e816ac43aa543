/** When things were last used. */
import type { Queryable } from './database.ts';

export type UseSubject = 'key' | 'secret' | 'grant' | 'agent';

export interface LastUse {
  readonly appId: string;
  readonly subject: UseSubject;
  readonly subjectId: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export async function upsertLastUses(db: Queryable, uses: readonly LastUse[]): Promise<void> {
  // In one order everywhere, so that two servers never wait for each other.
  const sorted = uses.toSorted((a, b) => (a.subjectId < b.subjectId ? -1 : 1));
  await db.query(
    'last_uses_upsert',
    `INSERT INTO last_uses AS l (app_id, subject, subject_id, last_used_at)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[])
     ON CONFLICT (app_id, subject, subject_id) DO UPDATE SET last_used_at = greatest(l.last_used_at, excluded.last_used_at)`,
    [
      sorted.map((use) => use.appId),
      sorted.map((use) => use.subject),
      sorted.map((use) => use.subjectId),
      sorted.map((use) => new Date(use.at)),
    ],
  );
}

export async function selectLastUses(
  db: Queryable,
  appId: string,
  subject: UseSubject,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const rows = await db.query<{ subject_id: string; last_used_at: Date }>(
    'last_uses_of',
    `SELECT subject_id, last_used_at FROM last_uses
     WHERE app_id = $1 AND subject = $2 AND subject_id = ANY ($3::uuid[])`,
    [appId, subject, ids],
  );
  return new Map(rows.map((row) => [row.subject_id, row.last_used_at]));
}

/** What of a kind was used at `since` or later. */
export async function selectUsedSince(
  db: Queryable,
  appId: string,
  subject: UseSubject,
  since: Date,
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ subject_id: string }>(
    'last_uses_since',
    'SELECT subject_id FROM last_uses WHERE app_id = $1 AND subject = $2 AND last_used_at >= $3',
    [appId, subject, since],
  );
  return new Set(rows.map((row) => row.subject_id));
}
