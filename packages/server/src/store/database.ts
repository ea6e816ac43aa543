/**
 * A pool of connections to PostgreSQL, and the deadlines after which the vault stops hoping and refuses (F3).
 * Holds no SQL of its own but BEGIN, COMMIT and ROLLBACK; never waits without a bound, never queues without a bound.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import { Refusal } from '../refusal.ts';
import { breaksConnection, isRetryable, isStalePlan, toStoreError } from './failure.ts';
import type { CopyMessages } from './copy-rows.ts';
import { columnTypes } from './wire-types.ts';
import { arePlain, runStatement, runThenCopy, type Plain } from './statement.ts';
import { listenTo, type Listener, type ListenHandlers } from './listen.ts';
import type { StoreLog } from './log.ts';

export { StaleEpoch, UniqueViolation } from './failure.ts';
export type { Listener, ListenHandlers } from './listen.ts';
export type { Plain } from './statement.ts';

export interface Queryable {
  /**
   * Runs a named prepared statement; one name always has one text.
   * Values: a Buffer for bytea, a bigint for int8, a Date for timestamptz, an array for an SQL array; JSON as text.
   */
  query<R>(name: string, text: string, values: readonly unknown[]): Promise<R[]>;
  /** Runs a named prepared statement that answers no rows, then a COPY (copy-rows.ts), in one round trip: both or neither. */
  queryAndCopy(name: string, text: string, values: readonly Plain[], rows: CopyMessages): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly log: StoreLog;
  /** Connections of this process. */
  readonly connectionsMax?: number;
  /** How long a query may take before its connection is destroyed. Longer only for exports and upkeep. */
  readonly queryTimeoutMs?: number;
  /** Shown in `pg_stat_activity`. */
  readonly name?: string;
}

/** A connection, or a free place in the pool, within 2 s; with a hung query behind it the call fails within 5 s (F3). */
const CONNECT_TIMEOUT_MS = 2_000;
const QUERY_TIMEOUT_MS = 2_500;
/** The server gives up a little earlier than we do, so that a slow query ends with its code and not with its connection. */
const SERVER_HEADSTART_MS = 300;
/** More than this many calls waiting for a connection help nobody. */
const WAITING_MAX = 1_000;
const ATTEMPTS_MAX = 5;
const RETRY_DELAY_MS = 10;
/** Longest name that PostgreSQL keeps apart. */
const NAME_BYTES_MAX = 63;

export class Database implements Queryable {
  readonly #pool: Pool;
  readonly #options: DatabaseOptions;
  readonly #listeners = new Set<Listener>();
  #closing: Promise<void> | undefined;

  constructor(options: DatabaseOptions) {
    const queryTimeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
    this.#options = options;
    this.#pool = new Pool({
      connectionString: options.url,
      application_name: options.name ?? 'alter-vault',
      max: options.connectionsMax ?? 10,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      query_timeout: queryTimeoutMs,
      statement_timeout: queryTimeoutMs - SERVER_HEADSTART_MS,
      lock_timeout: Math.min(queryTimeoutMs, QUERY_TIMEOUT_MS) - SERVER_HEADSTART_MS,
      idle_in_transaction_session_timeout: 30_000,
      types: columnTypes,
    });
    // Idle connections break when the database goes; the pool drops them, and the next query says `unavailable`.
    this.#pool.on('error', (cause) => options.log.warn({ cause: cause.message }, 'database connection lost'));
    // One in use reports its break through the query that runs on it; without a listener it would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  query<R>(name: string, text: string, values: readonly unknown[]): Promise<R[]> {
    return this.#run((client) => run<R>(client, name, text, values));
  }

  queryAndCopy(name: string, text: string, values: readonly Plain[], rows: CopyMessages): Promise<void> {
    return this.#run((client) => runThenCopy(client, name, text, values, rows));
  }

  async #run<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await this.#withClient(work);
    } catch (thrown) {
      // The statement did not run; a connection that has not yet planned it will.
      if (!isStalePlan(thrown)) throw toStoreError(thrown);
    }
    return this.#withClient(work).catch(rethrow);
  }

  /** Everything in `work` or nothing. `work` may be run several times: it must touch nothing but `tx`. */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#withClient((client) => inTransaction(client, work));
      } catch (thrown) {
        if (!isRetryable(thrown) || attempt === ATTEMPTS_MAX) throw toStoreError(thrown);
        await sleep(RETRY_DELAY_MS * 2 ** attempt * Math.random());
      }
    }
  }

  /**
   * Calls back for every NOTIFY on `channel`, and after every reconnection, when notifications may have been missed.
   * A hint only: what must hold is checked in the database.
   */
  async listen(channel: string, handlers: ListenHandlers): Promise<Listener> {
    const listener = await listenTo(this.#options.url, channel, handlers, this.#options.log).catch(rethrow);
    this.#listeners.add(listener);
    return listener;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
    await this.#pool.end();
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#pool.waitingCount >= WAITING_MAX) throw new Refusal('overloaded', { detail: 'database pool' });
    const client = await this.#pool.connect();
    let broken = false;
    try {
      return await work(client);
    } catch (thrown) {
      broken = thrown instanceof WorkFailed ? thrown.broken : breaksConnection(thrown);
      throw thrown instanceof WorkFailed ? thrown.thrown : thrown;
    } finally {
      client.release(broken);
    }
  }
}

/** What went wrong inside a transaction, and whether the rollback left the connection usable. */
class WorkFailed extends Error {
  readonly thrown: unknown;
  readonly broken: boolean;

  constructor(thrown: unknown, broken: boolean) {
    super('transaction failed', { cause: thrown });
    this.thrown = thrown;
    this.broken = broken;
  }
}

async function run<R>(
  client: PoolClient,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<R[]> {
  if (name === '' || Buffer.byteLength(name) > NAME_BYTES_MAX)
    throw new RangeError(`statement name: "${name}"`);
  const result = arePlain(values)
    ? await runStatement(client, name, text, values)
    : // The driver copies `values` and does not change them.
      await client.query({ name, text, values: [...values] });
  // An edge: the type of a row is stated where its SQL stands.
  return result.rows as R[];
}

const commitHooks = new WeakMap<Queryable, (() => void)[]>();

/** Runs once the transaction of `tx` is committed, and never when it is not; at once where `tx` is none. Must not throw. */
export function afterCommit(tx: Queryable, work: () => void): void {
  const hooks = commitHooks.get(tx);
  if (hooks === undefined) work();
  else hooks.push(work);
}

async function inTransaction<T>(client: PoolClient, work: (tx: Queryable) => Promise<T>): Promise<T> {
  let isOver = false;
  // The first error of the driver, by which the connection is judged, even where `work` threw something else later.
  let failure: unknown;
  const within = async <R>(send: () => Promise<R>): Promise<R> => {
    if (isOver) throw new Error('the transaction is over');
    try {
      return await send();
    } catch (thrown) {
      failure ??= thrown;
      // What may be tried again keeps its kind until the transaction sees it.
      throw isRetryable(thrown) ? thrown : toStoreError(thrown);
    }
  };
  const tx: Queryable = {
    query: <R>(name: string, text: string, values: readonly unknown[]) =>
      within(() => run<R>(client, name, text, values)),
    queryAndCopy: (name, text, values, rows) => within(() => runThenCopy(client, name, text, values, rows)),
  };
  const hooks: (() => void)[] = [];
  commitHooks.set(tx, hooks);
  try {
    await client.query('BEGIN');
    const result = await work(tx);
    isOver = true;
    await commit(client);
    for (const hook of hooks) hook();
    return result;
  } catch (thrown) {
    isOver = true;
    const cause = failure ?? thrown;
    const isBroken = isDriverTrouble(cause) || !(await rollback(client));
    throw new WorkFailed(thrown, isBroken);
  }
}

/** PostgreSQL answers COMMIT with ROLLBACK, and no error, when a statement had failed and `work` swallowed that. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT')
    throw new Error('a failed statement was ignored: the transaction was rolled back');
}

/** Whether waiting for a ROLLBACK on this connection would be in vain. */
function isDriverTrouble(thrown: unknown): boolean {
  const mapped = toStoreError(thrown);
  return isStalePlan(thrown) || (mapped instanceof Refusal && !isRetryable(thrown));
}

async function rollback(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

function rethrow(thrown: unknown): never {
  throw toStoreError(thrown);
}
