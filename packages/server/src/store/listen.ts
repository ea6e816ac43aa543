/**
 * LISTEN on a connection of its own that comes back by itself. Notifications are hints: one may be lost at any time,
 * so whoever listens is told of every reconnection and must not rely on having heard everything before it.
 */
import { Client } from 'pg';
import type { StoreLog } from './log.ts';

export interface ListenHandlers {
  readonly onNotify: (payload: string) => void;
  /** Something may have been missed: forget what was remembered. */
  readonly onReconnect: () => void;
}

export interface Listener {
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** A connection that hangs looks like silence: ask it for a sign of life. */
const PROBE_INTERVAL_MS = 2_000;
const PROBE_TIMEOUT_MS = 2_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;

/** Resolves when it listens; fails when the first connection fails. */
export async function listenTo(
  url: string,
  channel: string,
  handlers: ListenHandlers,
  log: StoreLog,
): Promise<Listener> {
  const listening = new Listening(url, channel, handlers, log);
  await listening.connect();
  return listening;
}

class Listening implements Listener {
  readonly #url: string;
  readonly #channel: string;
  readonly #handlers: ListenHandlers;
  readonly #log: StoreLog;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MIN_MS;
  #isClosed = false;

  constructor(url: string, channel: string, handlers: ListenHandlers, log: StoreLog) {
    this.#url = url;
    this.#channel = channel;
    this.#handlers = handlers;
    this.#log = log;
  }

  async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.#url,
      application_name: 'alter-vault listen',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: PROBE_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', (message) => this.#handlers.onNotify(message.payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(this.#channel)}`);
    } catch (thrown) {
      void client.end().catch(() => undefined);
      throw thrown;
    }
    if (this.#isClosed) return client.end();
    this.#client = client;
    this.#retryMs = RETRY_MIN_MS;
    this.#timer = setTimeout(() => void this.#probe(client), PROBE_INTERVAL_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #probe(client: Client): Promise<void> {
    try {
      await client.query('SELECT 1');
    } catch {
      return this.#lost(client);
    }
    if (this.#client === client) this.#timer = setTimeout(() => void this.#probe(client), PROBE_INTERVAL_MS);
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    clearTimeout(this.#timer);
    void client.end().catch(() => undefined);
    this.#log.warn({ channel: this.#channel }, 'listening connection lost');
    this.#reconnectLater();
  }

  #reconnectLater(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#reconnect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }

  async #reconnect(): Promise<void> {
    try {
      await this.connect();
    } catch {
      return this.#reconnectLater();
    }
    this.#log.info({ channel: this.#channel }, 'listening again');
    if (!this.#isClosed) this.#handlers.onReconnect();
  }
}
