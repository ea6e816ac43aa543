/**
 * The events that fit, page by page as they come into view, and above them what came since. Keeps the cursor of every page that was seen and the rows of a few
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
/** What came since, before all is read anew. */
const LIVE_MAX = 1000;
/** Events that come together are shown together. */
const SETTLE_MS = 150;
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
  /** Came since, and not shown yet: whoever reads further down is not moved. */
  readonly waiting: number;
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
  /** Newest first: those above the pages, and those that wait to be shown. */
  #live: readonly AuditEvent[] = [];
  #waiting: readonly AuditEvent[] = [];
  #settling: ReturnType<typeof setTimeout> | undefined;
  #isAtTop = true;
  /** Rows of all pages that are known. */
  #paged = 0;
  #state: ListState = {
    rows: 0,
    isEnd: false,
    isFull: false,
    isReading: true,
    waiting: 0,
    error: undefined,
  };

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
    return () => {
      this.#abort.abort();
      clearTimeout(this.#settling);
    };
  };

  /** Undefined while it is read again. */
  row(index: number): AuditEvent | undefined {
    if (index < this.#live.length) return this.#live[index];
    const at = index - this.#live.length;
    const page = this.#pageOf(at);
    const mark = page === undefined ? undefined : this.#marks[page];
    return page === undefined || mark === undefined ? undefined : this.#pages.get(page)?.[at - mark.start];
  }

  /** Where an event stands, of those whose rows are kept. */
  indexOf(eventId: string): number | undefined {
    const live = this.#live.findIndex((item) => item.event_id === eventId);
    if (live >= 0) return live;
    for (const [page, items] of this.#pages) {
      const at = items.findIndex((item) => item.event_id === eventId);
      const mark = this.#marks[page];
      if (at >= 0 && mark !== undefined) return this.#live.length + mark.start + at;
    }
    return undefined;
  }

  /** These rows are in view. */
  want(first: number, last: number): void {
    this.#wanted = { first, last };
    this.#read();
  }

  /** Whether the newest rows are in view: there what comes is shown at once. */
  setAtTop(isAtTop: boolean): void {
    this.#isAtTop = isAtTop;
    if (isAtTop && this.#waiting.length > 0) this.showWaiting();
  }

  /** It came just now. */
  push(event: AuditEvent): void {
    if (this.#isKnown(event)) return;
    this.#waiting = [event, ...this.#waiting];
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      if (this.#isAtTop) this.showWaiting();
      else this.#set({ waiting: this.#waiting.length });
    }, SETTLE_MS);
  }

  /** What came since is put above the rest. */
  showWaiting(): void {
    if (this.#live.length + this.#waiting.length > LIVE_MAX) return this.#restart();
    this.#live = [...this.#waiting, ...this.#live];
    this.#waiting = [];
    this.#set({ rows: this.#live.length + this.#paged, waiting: 0 });
  }

  /** Something may have been missed: the newest are read again. */
  async catchUp(): Promise<void> {
    const { signal } = this.#abort;
    // What comes is put above the first page: that is waited for.
    if (this.#next === undefined) {
      if (!signal.aborted && this.#state.error === undefined)
        setTimeout(() => void this.catchUp(), SETTLE_MS);
      return;
    }
    try {
      const query = { ...this.#query, limit: String(PAGE_ROWS) };
      const { items } = await call('searchAudit', { params: { app: this.#app }, query }, { signal });
      if (signal.aborted) return;
      const missed = items.filter((item) => !this.#isKnown(item));
      if (missed.length === PAGE_ROWS) return this.#restart();
      for (const item of missed.toReversed()) this.push(item);
    } catch (error) {
      if (!signal.aborted) this.#set({ error });
    }
  }

  #isKnown({ event_id }: AuditEvent): boolean {
    return this.#waiting.some((item) => item.event_id === event_id) || this.indexOf(event_id) !== undefined;
  }

  /** As at the beginning. */
  #restart(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#pages.clear();
    this.#marks.length = 0;
    this.#reading.clear();
    this.#next = undefined;
    [this.#live, this.#waiting, this.#paged] = [[], [], 0];
    this.#wanted = { first: 0, last: 0 };
    this.#set({ rows: 0, isEnd: false, isFull: false, waiting: 0 });
    this.#read();
  }

  retry(): void {
    this.#set({ error: undefined });
    this.#read();
  }

  #read(): void {
    if (this.#state.error !== undefined || this.#abort.signal.aborted) return;
    const first = this.#wanted.first - this.#live.length;
    const last = this.#wanted.last - this.#live.length;
    const from = this.#pageOf(Math.max(0, first - AHEAD_ROWS));
    const to = this.#pageOf(Math.min(this.#paged - 1, last + AHEAD_ROWS));
    if (from !== undefined && to !== undefined)
      for (let page = from; page <= to; page += 1)
        if (!this.#pages.has(page)) void this.#load(page, this.#marks[page]?.cursor);
    const isNear = last + AHEAD_ROWS >= this.#paged;
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
      this.#next = next;
      if (page === 0) this.#leaveOut(items);
      // A page may hold nothing and the log go on: it is no place to come back to.
      if (items.length > 0) {
        this.#marks.push({ cursor, start: this.#paged, count: items.length });
        this.#pages.set(page, items);
      }
      this.#paged += items.length;
      this.#set({
        rows: this.#live.length + this.#paged,
        isEnd: next === null,
        isFull: this.#paged >= ROWS_MAX,
      });
    } else this.#pages.set(page, items);
    this.#letGo();
    this.#set({});
  }

  /** What came live while the first page was read, and stands in that too. */
  #leaveOut(items: readonly AuditEvent[]): void {
    const ids = new Set(items.map(({ event_id }) => event_id));
    const isNew = ({ event_id }: AuditEvent): boolean => !ids.has(event_id);
    this.#live = this.#live.filter(isNew);
    this.#waiting = this.#waiting.filter(isNew);
  }

  /** Of the pages farthest from the view. */
  #letGo(): void {
    const inView = Math.round((this.#wanted.first + this.#wanted.last) / 2) - this.#live.length;
    const middle = this.#pageOf(inView) ?? 0;
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
