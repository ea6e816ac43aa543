/**
 * Whether there is an app of an id that a key names. Any stranger can make up keys of apps that are not there, so what asks
 * for these is one statement at a time, however many ask: who comes while it runs is in the next one, together with all
 * others. The wait is the same whether there is such an app or not (A15), which a memory of absent ids would not keep.
 */
import type { Queryable } from '../store/database.ts';
import { selectExistingApps } from '../store/apps.ts';

/** Ids in one statement: some milliseconds at most. */
const IDS_MAX = 500;

interface Batch {
  readonly ids: Set<string>;
  readonly found: Promise<ReadonlySet<string>>;
}

export class AppLookup {
  readonly #db: Queryable;
  #next: Batch | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(db: Queryable) {
    this.#db = db;
  }

  async exists(appId: string): Promise<boolean> {
    if (this.#next === undefined || this.#next.ids.size >= IDS_MAX) this.#next = this.#queue();
    const { ids, found } = this.#next;
    ids.add(appId);
    return (await found).has(appId);
  }

  /** A statement that begins when those before it have ended. */
  #queue(): Batch {
    const ids = new Set<string>();
    const found = this.#running.then(async () => {
      if (this.#next?.ids === ids) this.#next = undefined;
      return new Set(await selectExistingApps(this.#db, [...ids]));
    });
    this.#running = found.catch(() => undefined);
    return { ids, found };
  }
}
