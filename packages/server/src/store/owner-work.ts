/** Work in the role that owns the tables: a connection for it alone, closed afterwards. */
import type { Log } from '../log.ts';
import { Database } from './database.ts';

/** Erasing and dropping partitions touch much at once. */
const OWNER_TIMEOUT_MS = 120_000;

/** Undefined where the runtime role owns the tables itself. */
export function ownerWork({
  ownerUrl,
  log,
}: {
  readonly ownerUrl: string | undefined;
  readonly log: Log;
}): (<T>(work: (owner: Database) => Promise<T>) => Promise<T>) | undefined {
  if (ownerUrl === undefined) return undefined;
  return async (work) => {
    const owner = new Database({
      url: ownerUrl,
      log,
      connectionsMax: 1,
      queryTimeoutMs: OWNER_TIMEOUT_MS,
      name: 'alter-vault owner',
    });
    try {
      return await work(owner);
    } finally {
      await owner.close();
    }
  };
}
