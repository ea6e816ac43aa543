/** Which challenges were used: each is good once, on every server. */
import type { Queryable } from './database.ts';

/** True once for each. */
export async function useChallenge(db: Queryable, hash: Buffer, expiresAt: Date): Promise<boolean> {
  const rows = await db.query(
    'challenge_use',
    'INSERT INTO used_challenges (challenge_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
    [hash, expiresAt],
  );
  return rows.length === 1;
}

export async function deleteOldChallenges(db: Queryable): Promise<void> {
  await db.query(
    'challenges_old',
    `DELETE FROM used_challenges WHERE expires_at < clock_timestamp() - interval '1 hour'`,
    [],
  );
}
