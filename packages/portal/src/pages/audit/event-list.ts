/**
 * The events that fit, page by page as they come into view. Keeps the cursor of every page that was seen and the rows of a few
 * near the view only, so that memory stays the same however far one scrolls; what was let go of is read again by its cursor.
 * Knows nothing of how rows are shown.
 */
import { call, type Answer } from '../../api/client.ts';
import type { Filters } from './filters.ts';

export type AuditEvent = Answer<'searchAudit'>['items'][number];

const PAGE_ROWS = 200;
/** Pages whose rows are kept: some 6000 events. */
const PAGES_MAX = 30;
/** So many rows ahead of the view are read before they are needed. */
const AHEAD_ROWS = 150;
/** Beyond this a browser cuts a page off; who needs more narrows the time. */
const ROWS_MAX = 450_000;

interface Mark {
  readonly cursor: string | undefined;
  /** The index of its first row. */
  readonly start: number;
  readonly count: number;
}

export interface ListState {
  /** Rows that are known of; each can be asked for by its index. */
  readonly rows: number;
  readonly isEnd: boolean;
  readonly isFull: boolean;
  readonly isReading: boolean;
  readonly error: unknown;
}

export class EventList {
  readonly #app: string;
  readonly #query: Filters;
  readonly #listeners = new Set<() => void>();
  readonly #pages = new Map<number, readonly AuditEvent[]>();
  readonly #marks: Mark[] = [];
  readonly #reading = new Set<number>();
  /** The cursor of the page after the last known one; null after the end. */
  #next: string | null | undefined;
  #wanted = { first: 0, last: 0 };
  #abort = new AbortController();
  #state: ListState = { rows: 0, isEnd: false, isFull: false, isReading: true, error: undefined };

  constructor(app: string, query: Filters) {
    this.#app = app;
    this.#query = query;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly state = (): ListState => this.#state;

  /** Begins to read; answers with how that is ended. */
  readonly start = (): (() => void) => {
    this.#abort = new AbortController();
    this.#reading.clear();
    this.#read();
    return () => this.#abort.abort();
  };

  /** Undefined while it is read again. */
  row(index: number): AuditEvent | undefined {
    const page = this.#pageOf(index);
    const mark = page === undefined ? undefined : this.#marks[page];
    return page === undefined || mark === undefined ? undefined : this.#pages.get(page)?.[index - mark.start];
  }

  /** Where an event stands, of those whose rows are kept. */
  indexOf(eventId: string): number | undefined {
    for (const [page, items] of this.#pages) {
      const at = items.findIndex((item) => item.event_id === eventId);
      const mark = this.#marks[page];
      if (at >= 0 && mark !== undefined) return mark.start + at;
    }
    return undefined;
  }

  /** These rows are in view. */
  want(first: number, last: number): void {
    this.#wanted = { first, last };
    this.#read();
  }

  retry(): void {
    this.#set({ error: undefined });
    this.#read();
  }

  #read(): void {
    if (this.#state.error !== undefined || this.#abort.signal.aborted) return;
    const { first, last } = this.#wanted;
    const from = this.#pageOf(Math.max(0, first - AHEAD_ROWS));
    const to = this.#pageOf(Math.min(this.#state.rows - 1, last + AHEAD_ROWS));
    if (from !== undefined && to !== undefined)
      for (let page = from; page <= to; page += 1)
        if (!this.#pages.has(page)) void this.#load(page, this.#marks[page]?.cursor);
    const isNear = last + AHEAD_ROWS >= this.#state.rows;
    if (isNear && this.#next !== null && !this.#state.isFull) void this.#load(this.#marks.length, this.#next);
  }

  async #load(page: number, cursor: string | undefined): Promise<void> {
    if (this.#reading.has(page)) return;
    this.#reading.add(page);
    this.#set({ isReading: true });
    const { signal } = this.#abort;
    try {
      const query = { ...this.#query, limit: String(PAGE_ROWS), ...(cursor === undefined ? {} : { cursor }) };
      const { items, next_cursor } = await call(
        'searchAudit',
        { params: { app: this.#app }, query },
        { signal },
      );
      if (signal.aborted) return;
      this.#reading.delete(page);
      this.#take(page, cursor, items, next_cursor);
      this.#read();
    } catch (error) {
      if (signal.aborted) return;
      this.#reading.delete(page);
      this.#set({ error });
    }
    this.#set({ isReading: this.#reading.size > 0 });
  }

  #take(page: number, cursor: string | undefined, items: readonly AuditEvent[], next: string | null): void {
    if (page === this.#marks.length) {
      const { rows } = this.#state;
      this.#next = next;
      // A page may hold nothing and the log go on: it is no place to come back to.
      if (items.length > 0) {
        this.#marks.push({ cursor, start: rows, count: items.length });
        this.#pages.set(page, items);
      }
      const all = rows + items.length;
      this.#set({ rows: all, isEnd: next === null, isFull: all >= ROWS_MAX });
    } else this.#pages.set(page, items);
    this.#letGo();
    this.#set({});
  }

  /** Of the pages farthest from the view. */
  #letGo(): void {
    const middle = this.#pageOf(Math.round((this.#wanted.first + this.#wanted.last) / 2)) ?? 0;
    while (this.#pages.size > PAGES_MAX) {
      const farthest = [...this.#pages.keys()].reduce((far, page) =>
        Math.abs(page - middle) > Math.abs(far - middle) ? page : far,
      );
      this.#pages.delete(farthest);
    }
  }

  #pageOf(index: number): number | undefined {
    let [low, high] = [0, this.#marks.length - 1];
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const mark = this.#marks[middle];
      if (mark === undefined || index < mark.start) high = middle - 1;
      else if (index >= mark.start + mark.count) low = middle + 1;
      else return middle;
    }
    return undefined;
  }

  #set(change: Partial<ListState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
