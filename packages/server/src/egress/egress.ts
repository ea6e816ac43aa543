/**
 * Owns the only door out (I2, lesson 4): calls, token endpoints, webhooks and probes all go through `send`. Must never
 * connect to an address that was not judged, read a proxy variable, follow a redirect, or let a caller's header decide
 * where a request goes or how it is framed.
 */
import type { Socket } from 'node:net';
import { Refusal } from '../refusal.ts';
import { Roll } from '../roll.ts';
import { Call, type EgressCall, type EgressHandler, type EgressRequest } from './call.ts';
import { TlsTrust } from './dial.ts';
import { toEgressRefusal } from './failure.ts';
import { OriginPool } from './pool.ts';
import { Pools } from './pools.ts';
import { dialRaw, type RawConnection, type RawTarget } from './raw.ts';
import { headOf } from './request-bytes.ts';
import { Resolver, type ResolverSettings } from './resolve.ts';

export type { EgressCall, EgressHandler, EgressRequest } from './call.ts';
export type { RawConnection, RawTarget } from './raw.ts';
export type { EgressTarget, Lookup } from './resolve.ts';

export interface EgressSettings extends ResolverSettings {
  /** ALTER_EGRESS_CA_FILE: trusted beside the system's authorities. */
  readonly caPem: string | undefined;
  /** How old the verdict on a host may be when a kept-alive connection is used. Default: 10 s. */
  readonly recheckMs?: number;
}

export interface SmallAnswer {
  readonly status: number;
  /** Flat, as they came. */
  readonly headers: string[];
  readonly body: Buffer;
}

const RECHECK_MS = 10_000;
/** How often deadlines are looked at, which are exact to twice this. */
const DEADLINES_MS = 12;

export class Egress {
  readonly #resolver: Resolver;
  readonly #trust: TlsTrust;
  readonly #recheckMs: number;
  readonly #pools: Pools;
  readonly #calls = new Roll<Call>();
  readonly #rawSockets = new Set<Socket>();
  #deadlines: NodeJS.Timeout | undefined;
  /** Calls that go out in the next check phase of the event loop. */
  #due: [Call, OriginPool][] = [];
  #isClosed = false;

  constructor(settings: EgressSettings) {
    this.#resolver = new Resolver(settings);
    this.#trust = new TlsTrust(settings.caPem);
    this.#pools = new Pools((target) => new OriginPool(target, this.#resolver, this.#trust));
    this.#recheckMs = settings.recheckMs ?? RECHECK_MS;
  }

  /** Sends one request, once. The handler is told everything after this has returned. */
  send(request: EgressRequest, handler: EgressHandler): EgressCall {
    const made = this.#make(request);
    const call = new Call(request, made.head, handler, this.#calls);
    this.#deadlines ??= setInterval(() => this.#checkDeadlines(), DEADLINES_MS);
    if (made.refusal === undefined) this.#route(call);
    else call.fail(made.refusal);
    call.markReturned();
    return call;
  }

  /** The whole answer of a small request, for token endpoints, probes and webhooks; rejects with a Refusal. */
  fetchSmall(request: EgressRequest & { readonly maxResponseBytes: number }): Promise<SmallAnswer> {
    return new Promise((resolve, reject) => {
      let status = 0;
      let headers: string[] = [];
      const chunks: Buffer[] = [];
      this.send(request, {
        onHead: (code, _text, rawHeaders) => {
          status = code;
          headers = rawHeaders;
        },
        onData: (chunk) => {
          chunks.push(chunk);
          return true;
        },
        onEnd: () => resolve({ status, headers, body: Buffer.concat(chunks) }),
        onError: reject,
      });
    });
  }

  /** A TCP connection for mail, which upgrades it to TLS with `secureContext`; rejects with a Refusal. */
  async dialRaw(target: RawTarget, timeoutMs: number): Promise<RawConnection> {
    if (this.#isClosed) throw new Refusal('unavailable', { detail: 'egress is closed' });
    const socket = await dialRaw(this.#resolver, target, timeoutMs);
    this.#rawSockets.add(socket);
    socket.once('close', () => this.#rawSockets.delete(socket));
    if (this.#isClosed) socket.destroy();
    return { socket, secureContext: this.#trust.context };
  }

  /** S15: never to these `host:port`, from the next call on, kept-alive connections included. */
  blockOwn(endpoints: readonly string[]): void {
    this.#resolver.blockOwn(endpoints);
    this.#pools.retireAll();
  }

  /** Ends what is still under way and closes every connection. */
  close(): void {
    this.#isClosed = true;
    const reason = new Refusal('upstream_unreachable', { detail: 'the server is stopping' });
    for (const call of this.#calls.items()) call.abort(reason);
    for (const socket of this.#rawSockets) socket.destroy();
    clearInterval(this.#deadlines);
    this.#pools.retireAll();
  }

  #make(request: EgressRequest): { head: string; refusal?: Refusal } {
    try {
      if (this.#isClosed) throw new Refusal('unavailable', { detail: 'egress is closed' });
      this.#resolver.judgeName(request.target);
      return { head: headOf(request) };
    } catch (thrown) {
      return { head: '', refusal: toEgressRefusal(thrown) };
    }
  }

  #checkDeadlines(): void {
    const now = performance.now();
    for (const call of this.#calls.items()) call.checkDeadline(now);
    if (this.#calls.size > 0) return;
    clearInterval(this.#deadlines);
    this.#deadlines = undefined;
  }

  #route(call: Call): void {
    const pool = this.#pools.find(call.request);
    const now = performance.now();
    pool.lastUsedAt = now;
    const isStale =
      pool.hasIdle && now - pool.judgedAt >= this.#recheckMs && !this.#resolver.isFixed(call.request.target);
    if (isStale) void this.#startAfterRecheck(call, pool);
    else this.#startSoon(call, pool);
  }

  /**
   * In the next check phase: what came in on an idle connection meanwhile, an end or bytes that nobody asked for, has been
   * read by then, and closed it, so that it is never taken for the answer to this call (R12).
   */
  #startSoon(call: Call, pool: OriginPool): void {
    if (this.#due.push([call, pool]) > 1) return;
    setImmediate(() => {
      const due = this.#due;
      this.#due = [];
      const now = performance.now();
      for (const [next, from] of due) if (!next.isOver) next.start(from.take(now));
    });
  }

  async #startAfterRecheck(call: Call, pool: OriginPool): Promise<void> {
    try {
      await pool.recheck();
      if (!call.isOver) this.#startSoon(call, pool);
    } catch (error) {
      call.fail(toEgressRefusal(error));
    }
  }
}
