/** When keys, grants, secrets and agents were last used: gathered in memory, written in batches, not deciding. */
import type { Log } from '../log.ts';
import type { Queryable } from '../store/database.ts';
import { upsertLastUses, type LastUse, type UseSubject } from '../store/last-uses.ts';

const WRITE_EVERY_MS = 2_000;

export class LastUses {
  readonly #db: Queryable;
  readonly #log: Log;
  #pending = new Map<string, LastUse>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Queryable, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  note(appId: string, subject: UseSubject, subjectId: string, at: number): void {
    const known = this.#pending.get(subjectId);
    if (known !== undefined) {
      known.at = at;
      return;
    }
    this.#pending.set(subjectId, { appId, subject, subjectId, at });
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS).unref();
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#pending;
    this.#pending = new Map();
    if (batch.size === 0) return;
    try {
      await upsertLastUses(this.#db, [...batch.values()]);
    } catch (error) {
      this.#log.warn({ err: error }, 'the times of last use were not written');
    }
  }
}
