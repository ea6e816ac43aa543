/**
 * How many calls a key may make in a minute of the database's clock. Counted in the database, so that it holds across
 * workers and servers; when it can't be counted, the call is refused.
 */
import { Refusal } from '../refusal.ts';
import type { Queryable } from '../store/database.ts';
import type { KeyRow } from '../store/deciding.ts';
import { lineageOf } from './keys.ts';

const WINDOW_SECONDS = 60;

/** One row a key: a new minute starts again at one, and a full one is left as it is. */
const TAKE = `
  INSERT INTO key_minutes AS k (app_id, key_id, minute, calls)
  VALUES ($1, $2, date_trunc('minute', clock_timestamp()), 1)
  ON CONFLICT (app_id, key_id) DO UPDATE
    SET calls = CASE WHEN k.minute = excluded.minute THEN k.calls + 1 ELSE 1 END, minute = excluded.minute
    WHERE k.minute < excluded.minute OR k.calls < $3
  RETURNING calls`;

export class KeyLimits {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Counts one call of the key. @throws Refusal `rate_limited` when the minute is full */
  async take(key: KeyRow, nowMs: number): Promise<void> {
    const limit = key.requests_per_minute;
    if (limit === null) return;
    const rows = await this.#db.query<{ calls: number }>('key_minute', TAKE, [
      key.app_id,
      lineageOf(key),
      limit,
    ]);
    if (rows.length > 0) return;
    const resetSeconds = Math.max(1, Math.ceil(WINDOW_SECONDS - ((nowMs / 1000) % WINDOW_SECONDS)));
    throw new Refusal('rate_limited', {
      message: `This key may make ${limit} calls a minute.`,
      headers: limitHeaders('key', { limit, windowSeconds: WINDOW_SECONDS, resetSeconds }),
    });
  }
}

/** What tells a caller of a limit that is used up (draft-ietf-httpapi-ratelimit-headers). */
export function limitHeaders(
  name: string,
  of: { readonly limit: number; readonly windowSeconds: number; readonly resetSeconds: number },
): Readonly<Record<string, string>> {
  return {
    'Retry-After': String(of.resetSeconds),
    'RateLimit-Policy': `"${name}";q=${of.limit};w=${of.windowSeconds}`,
    RateLimit: `"${name}";r=0;t=${of.resetSeconds}`,
  };
}
