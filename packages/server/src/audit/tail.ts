/**
 * Following the log as it grows: whoever follows is told of what was numbered since, in the order of the log, through the filters
 * of a search. One look at the head for all who follow in this process, and nothing while nobody does. Must never read without
 * the app's id (I10).
 */
import type { Database } from '../store/database.ts';
import {
  EVENT_COLUMNS,
  FILTER_SQL,
  filterValues,
  toItem,
  type AuditFilters,
  type AuditItem,
  type EventRow,
} from './search.ts';
import type { AuditLog } from './log.ts';

const LOOK_EVERY_MS = 500;
/** Told at once; the rest with the next look. */
const EVENTS_AT_ONCE = 500;
/** Who is further behind is told so, and goes on at the end. */
const BEHIND_LEAVES_MAX = 20_000;
/** A group has at most 257 leaves, so one that reaches into a range starts less than that before it. */
const GROUP_LEAVES_MAX = 257;

export interface Follower {
  readonly appId: string;
  readonly filters: AuditFilters;
  /** The first leaf to be told of; undefined for the next that comes. */
  readonly from: number | undefined;
  /** Once, with the first leaf that it will be told of. */
  readonly onReady: (next: number) => void;
  readonly onEvents: (items: readonly AuditItem[], next: number) => void;
  /** Events were left out: more came than can be told. */
  readonly onGap: (next: number) => void;
}

interface Following {
  readonly follower: Follower;
  readonly values: readonly unknown[];
  next: number | undefined;
}

export class AuditTail {
  readonly #db: Database;
  readonly #log: Pick<AuditLog, 'head'>;
  readonly #onFault: (cause: unknown) => void;
  readonly #following = new Set<Following>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Database, log: Pick<AuditLog, 'head'>, onFault: (cause: unknown) => void) {
    this.#db = db;
    this.#log = log;
    this.#onFault = onFault;
  }

  /** Answers with how it is ended. @throws Refusal `invalid_request` for filters that no text can match */
  follow(follower: Follower): () => void {
    const following: Following = {
      follower,
      values: filterValues(follower.appId, follower.filters),
      next: follower.from,
    };
    this.#following.add(following);
    if (this.#timer === undefined) this.#timer = setTimeout(() => void this.#look(), 0).unref();
    return () => void this.#following.delete(following);
  }

  async #look(): Promise<void> {
    try {
      const { size } = await this.#log.head();
      const read = new Map<string, Promise<readonly EventRow[]>>();
      for (const following of this.#following) await this.#tell(following, size, read);
    } catch (cause) {
      this.#onFault(cause);
    }
    this.#timer =
      this.#following.size === 0 ? undefined : setTimeout(() => void this.#look(), LOOK_EVERY_MS).unref();
  }

  /** `read`: what was read in this look, for others who follow the same. */
  async #tell(
    following: Following,
    size: number,
    read: Map<string, Promise<readonly EventRow[]>>,
  ): Promise<void> {
    const { follower } = following;
    if (following.next === undefined) follower.onReady((following.next = size));
    const { next } = following;
    // A name from another time or place may lie beyond the end.
    if (next > size || size - next > BEHIND_LEAVES_MAX) follower.onGap((following.next = size));
    else if (next < size) {
      const values = [...following.values, next, size, GROUP_LEAVES_MAX, EVENTS_AT_ONCE];
      const key = JSON.stringify(values);
      const reading = read.get(key) ?? this.#db.query<EventRow>('audit.tail', TAIL_SQL, values);
      read.set(key, reading);
      const items = (await reading).map(toItem);
      const last = items.at(-1)?.leaf_index ?? size - 1;
      following.next = items.length === EVENTS_AT_ONCE ? last + 1 : size;
      if (items.length > 0 && this.#following.has(following)) follower.onEvents(items, following.next);
    }
  }
}

const TAIL_SQL = `
SELECT ${EVENT_COLUMNS} FROM audit_groups AS g JOIN audit_events AS e USING (group_id)
WHERE g.first_leaf > $22::bigint - $24::bigint AND g.first_leaf < $23::bigint AND $1 = ANY(g.app_ids)
  AND g.first_leaf + e.position >= $22::bigint AND g.first_leaf + e.position < $23::bigint AND ${FILTER_SQL}
ORDER BY g.first_leaf, e.position LIMIT $25`;
