/** Counts tries at what can be guessed: passwords, codes, one-time links. Subjects are keyed hashes and tell nobody's address. */
import type { Queryable } from './database.ts';

/** How tries of one kind are slowed: after the free ones each waits twice as long as the one before, up to the longest. */
export interface TryLimit {
  readonly free: number;
  readonly delayMsMax: number;
}

export interface Try {
  readonly subject: Buffer;
  readonly limit: TryLimit;
}

export interface Wait {
  readonly waitMs: number;
  /** Of what has to wait. */
  readonly limit: TryLimit;
}

const mayTryAt = (delayMsMax: string, free: string): string =>
  `f.last_at + least(${delayMsMax}, 1000 * 2 ^ least(f.failures - ${free}, 20)) * interval '1 millisecond'`;

/** The longest wait of these, and undefined when none has to; nothing is counted. A quiet hour forgives: no wait is as long. */
export async function findWait(db: Queryable, tries: readonly Try[]): Promise<Wait | undefined> {
  const rows = await db.query<{ nth: number; wait_ms: number }>(
    'sign_in_wait',
    `SELECT t.nth::int AS nth, (extract(epoch FROM ${mayTryAt('t.delay', 't.free')} - clock_timestamp()) * 1000)::float8 AS wait_ms
     FROM unnest($1::bytea[], $2::int[], $3::int[]) WITH ORDINALITY AS t (subject, delay, free, nth)
     JOIN sign_in_failures AS f ON f.subject = t.subject
     WHERE f.failures >= t.free AND clock_timestamp() < ${mayTryAt('t.delay', 't.free')}
     ORDER BY wait_ms DESC LIMIT 1`,
    [
      tries.map(({ subject }) => subject),
      tries.map(({ limit }) => limit.delayMsMax),
      tries.map(({ limit }) => limit.free),
    ],
  );
  const [row] = rows;
  const waits = row === undefined ? undefined : tries[row.nth - 1];
  return row === undefined || waits === undefined
    ? undefined
    : { waitMs: Math.max(1, row.wait_ms), limit: waits.limit };
}

/** Counts a try in one statement, so that many at once can't pass together. False: it has to wait, and is not counted. */
export async function addTry(db: Queryable, { subject, limit }: Try): Promise<boolean> {
  const counted = await db.query(
    'sign_in_try',
    `INSERT INTO sign_in_failures AS f (subject, failures, last_at) VALUES ($1, 1, clock_timestamp())
     ON CONFLICT (subject) DO UPDATE
       SET failures = CASE WHEN f.last_at < clock_timestamp() - interval '1 hour' THEN 1 ELSE f.failures + 1 END,
           last_at = clock_timestamp()
       WHERE f.failures < $3::int OR clock_timestamp() >= ${mayTryAt('$2::int', '$3::int')}
     RETURNING failures`,
    [subject, limit.delayMsMax, limit.free],
  );
  return counted.length > 0;
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
