/**
 * Owns the kept-alive connections to one origin for one pool key (app and binding): sockets and TLS sessions are never
 * used for another key (S8). One request at a time on each connection, no pipelining, HTTP/1.1. Must never connect but
 * through the resolver's verdict and the dialler's pin (I7).
 */
import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { Refusal } from '../refusal.ts';
import { type SessionSlot, startTls, TcpDial, type TlsTrust } from './dial.ts';
import type { Dialable, EgressTarget, Resolver } from './resolve.ts';

/** Longest time from the first SYN to the end of the TLS handshake, whatever the call allows. */
const DIAL_MS_MAX = 10_000;
/** Idle time after which a connection is closed unless the upstream announces another: below Node's 5 s as a server. */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MS_MAX = 60_000;
/** P4: what an upstream may send as a header section; more is `upstream_too_large`. */
const RESPONSE_HEADER_BYTES_MAX = 64 * 1024;

/** What a call does with its connection. */
export interface Lane {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void;
  /** The call is over and the connection may serve another. */
  release(): void;
  /** The call failed: close the connection, or stop making it. */
  destroy(): Promise<void>;
  /** Whether the transport broke, rather than ended, on this connection. */
  readonly isBroken: boolean;
}

export class OriginPool {
  readonly target: EgressTarget;
  readonly resolver: Resolver;
  readonly trust: TlsTrust;
  readonly sessions: SessionSlot = { session: undefined };
  lastUsedAt = 0;
  /** When the addresses of the host were last judged, on the monotonic clock. */
  judgedAt = 0;
  readonly #lanes = new Set<ClientLane>();
  readonly #idle: ClientLane[] = [];
  #recheck: Promise<void> | undefined;

  constructor(target: EgressTarget, resolver: Resolver, trust: TlsTrust) {
    this.target = target;
    this.resolver = resolver;
    this.trust = trust;
  }

  get isInUse(): boolean {
    return this.#lanes.size > this.#idle.length;
  }

  get hasIdle(): boolean {
    return this.#idle.length > 0;
  }

  /** The connection used last, since it is the least likely to be stale, or a new one. */
  take(): Lane {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const lane = new ClientLane(this);
    this.#lanes.add(lane);
    return lane;
  }

  /** False when the pool was retired and takes nothing back. */
  giveBack(lane: ClientLane): boolean {
    if (!this.#lanes.has(lane)) return false;
    this.#idle.push(lane);
    return true;
  }

  drop(lane: ClientLane): void {
    if (!this.#lanes.delete(lane)) return;
    const index = this.#idle.indexOf(lane);
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
  async retire(): Promise<void> {
    const idle = [...this.#idle];
    this.#lanes.clear();
    this.#idle.length = 0;
    this.sessions.session = undefined;
    await Promise.all(idle.map((lane) => lane.destroy()));
  }

  async #askAgain(): Promise<void> {
    try {
      const { addresses } = await this.resolver.resolve(this.target);
      this.judgedAt = performance.now();
      const gone = this.#idle.filter((lane) => !addresses.includes(lane.address));
      for (const lane of gone) void lane.destroy();
    } catch (error) {
      void this.retire();
      throw error;
    }
  }
}

class ClientLane implements Lane {
  address = '';
  isBroken = false;
  readonly #pool: OriginPool;
  readonly #client: Client;
  #isBusy = true;
  #cancelDial: (() => void) | undefined;

  constructor(pool: OriginPool) {
    this.#pool = pool;
    const { scheme, authority } = pool.target;
    this.#client = new Client(`${scheme}://${authority}`, {
      connect: (_options, callback) => this.#connect(callback),
      allowH2: false,
      useMilo: false,
      pipelining: 1,
      // Deadlines are the call's own, exact and per call.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS_MAX,
      maxHeaderSize: RESPONSE_HEADER_BYTES_MAX,
      strictContentLength: true,
    });
    this.#client.on('disconnect', () => this.#disconnected());
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#isBusy = true;
    this.#client.dispatch(options, handler);
  }

  release(): void {
    this.#isBusy = false;
    if (!this.#pool.giveBack(this)) void this.destroy();
  }

  async destroy(): Promise<void> {
    this.#pool.drop(this);
    this.#cancelDial?.();
    await this.#client.destroy();
  }

  /** A call that waits on the connection is moved to a new one by the client itself, since it was never written. */
  #disconnected(): void {
    if (!this.#isBusy) void this.destroy();
  }

  #connect(callback: (...result: [Error, null] | [null, Socket]) => void): void {
    this.isBroken = false;
    const timer = setTimeout(
      () => finish(new Refusal('upstream_timeout', { detail: 'the connection was not made in time' })),
      DIAL_MS_MAX,
    );
    let tcp: TcpDial | undefined;
    let open: Socket | undefined;
    let isOver = false;
    const finish = (error: Error | undefined): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#cancelDial = undefined;
      if (error !== undefined) tcp?.cancel();
      if (error !== undefined) open?.destroy();
      if (error === undefined && open !== undefined) callback(null, open);
      else callback(error ?? new Refusal('upstream_unreachable'), null);
    };
    this.#cancelDial = () =>
      finish(
        new Refusal('upstream_unreachable', { detail: 'the call was over before the connection was made' }),
      );
    const dialled = (error: Error | undefined, socket?: Socket, address = ''): void => {
      if (error !== undefined || socket === undefined) return finish(error);
      this.address = address;
      open = this.#open(socket, finish);
    };
    const start = (to: Dialable): void => {
      if (!isOver) tcp = new TcpDial(to, dialled);
    };
    this.#resolve().then(start, finish);
  }

  async #resolve(): Promise<Dialable> {
    const to = await this.#pool.resolver.resolve(this.#pool.target);
    this.#pool.judgedAt = performance.now();
    return to;
  }

  /** TLS where the target wants it, and a note of how the transport ends. */
  #open(socket: Socket, finish: (error: Error | undefined) => void): Socket {
    socket.on('error', finish);
    const { target, trust, sessions } = this.#pool;
    const open = target.scheme === 'https' ? startTls(socket, target, trust, sessions) : socket;
    open.on('error', (error) => {
      this.isBroken = true;
      finish(error);
    });
    if (open === socket) queueMicrotask(() => finish(undefined));
    else {
      open.once('secureConnect', () => finish(undefined));
      open.once('close', () =>
        finish(new Refusal('upstream_unreachable', { detail: 'closed during the TLS handshake' })),
      );
    }
    return open;
  }
}
