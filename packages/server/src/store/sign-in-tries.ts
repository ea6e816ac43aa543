/** Counts tries at what can be guessed: passwords, codes, one-time links. Subjects are keyed hashes and tell nobody's address. */
import type { Queryable } from './database.ts';

/** How tries of one kind are slowed: after the free ones each waits twice as long as the one before, up to the longest. */
export interface TryLimit {
  readonly free: number;
  readonly delayMsMax: number;
}

const MAY_TRY_AT = `f.last_at + least($2::int, 1000 * 2 ^ least(f.failures - $3::int, 20)) * interval '1 millisecond'`;

/**
 * Counts a try in one statement, so that many at once can't pass together; 0, or how many milliseconds are left to wait, and
 * then nothing is counted. A quiet hour forgives.
 */
export async function addTry(db: Queryable, subject: Buffer, limit: TryLimit): Promise<number> {
  const counted = await db.query(
    'sign_in_try',
    `INSERT INTO sign_in_failures AS f (subject, failures, last_at) VALUES ($1, 1, clock_timestamp())
     ON CONFLICT (subject) DO UPDATE
       SET failures = CASE WHEN f.last_at < clock_timestamp() - interval '1 hour' THEN 1 ELSE f.failures + 1 END,
           last_at = clock_timestamp()
       WHERE f.failures < $3::int OR clock_timestamp() >= ${MAY_TRY_AT}
     RETURNING failures`,
    [subject, limit.delayMsMax, limit.free],
  );
  if (counted.length > 0) return 0;
  const rows = await db.query<{ wait_ms: number }>(
    'sign_in_wait',
    `SELECT (extract(epoch FROM ${MAY_TRY_AT} - clock_timestamp()) * 1000)::float8 AS wait_ms
     FROM sign_in_failures AS f WHERE subject = $1`,
    [subject, limit.delayMsMax, limit.free],
  );
  return Math.max(1, rows[0]?.wait_ms ?? 1);
}

export async function takeBackTry(db: Queryable, subject: Buffer): Promise<void> {
  await db.query(
    'sign_in_take_back',
    'UPDATE sign_in_failures SET failures = greatest(failures - 1, 0) WHERE subject = $1',
    [subject],
  );
}

export async function clearFailures(tx: Queryable, subject: Buffer): Promise<void> {
  await tx.query('failures_clear', 'DELETE FROM sign_in_failures WHERE subject = $1', [subject]);
}

/** What an hour has forgiven. */
export async function deleteOldFailures(db: Queryable): Promise<void> {
  await db.query(
    'failures_old',
    `DELETE FROM sign_in_failures WHERE last_at < clock_timestamp() - interval '2 hours'`,
    [],
  );
}
