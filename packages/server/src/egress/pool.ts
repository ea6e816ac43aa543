/**
 * Owns the kept-alive connections to one origin for one pool key (app and binding): sockets and TLS sessions are never
 * used for another key (S8). One request at a time on each connection, no pipelining, HTTP/1.1. Must never connect but
 * through the resolver's verdict and the dialler's pin (I7).
 */
import { Connection } from './connection.ts';
import type { SessionSlot, TlsTrust } from './dial.ts';
import type { EgressTarget, Resolver } from './resolve.ts';

/** How often idle connections are looked through for those whose time is over. */
const SWEEP_MS = 1_000;

export class OriginPool {
  readonly target: EgressTarget;
  readonly resolver: Resolver;
  readonly trust: TlsTrust;
  readonly sessions: SessionSlot = { session: undefined };
  lastUsedAt = 0;
  /** When the addresses of the host were last judged, on the monotonic clock. */
  judgedAt = 0;
  readonly #connections = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #sweep: NodeJS.Timeout | undefined;
  #recheck: Promise<void> | undefined;

  constructor(target: EgressTarget, resolver: Resolver, trust: TlsTrust) {
    this.target = target;
    this.resolver = resolver;
    this.trust = trust;
  }

  get isInUse(): boolean {
    return this.#connections.size > this.#idle.length;
  }

  get hasIdle(): boolean {
    return this.#idle.length > 0;
  }

  /** `now` by the monotonic clock. The connection used last, since it is the least likely to be stale, or a new one. */
  take(now: number): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.idleUntil > now) return idle;
      idle.destroy();
    }
    const connection = new Connection(this);
    this.#connections.add(connection);
    return connection;
  }

  /** False when the pool was retired and takes nothing back. */
  giveBack(connection: Connection): boolean {
    if (!this.#connections.has(connection)) return false;
    this.#idle.push(connection);
    this.#sweep ??= setInterval(() => this.#closeOverdue(), SWEEP_MS).unref();
    return true;
  }

  drop(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  /** S8: asks for the addresses anew and closes idle connections to what is no longer one of them. Shared while under way. */
  recheck(): Promise<void> {
    this.#recheck ??= this.#askAgain().finally(() => {
      this.#recheck = undefined;
    });
    return this.#recheck;
  }

  /** Closes what is idle and lets what is in use finish, after which it closes too. */
  retire(): void {
    const idle = [...this.#idle];
    this.#connections.clear();
    this.#idle.length = 0;
    this.sessions.session = undefined;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    for (const connection of idle) connection.destroy();
  }

  async #askAgain(): Promise<void> {
    try {
      const { addresses } = await this.resolver.resolve(this.target);
      this.judgedAt = performance.now();
      const gone = this.#idle.filter((connection) => !addresses.includes(connection.address));
      for (const connection of gone) connection.destroy();
    } catch (error) {
      this.retire();
      throw error;
    }
  }

  #closeOverdue(): void {
    const now = performance.now();
    for (const connection of this.#idle.filter(({ idleUntil }) => idleUntil <= now)) connection.destroy();
    if (this.#idle.length > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
