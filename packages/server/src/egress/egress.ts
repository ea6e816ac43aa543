/**
 * Owns the only door out (I2, lesson 4): calls, token endpoints, webhooks and probes all go through `send`. Must never
 * connect to an address that was not judged, read a proxy variable, follow a redirect, or let a caller's header decide
 * where a request goes or how it is framed.
 */
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { lowerName } from '../header-names.ts';
import { Refusal } from '../refusal.ts';
import { Roll } from '../roll.ts';
import { Call, type EgressCall, type EgressHandler, type EgressRequest } from './call.ts';
import { TlsTrust } from './dial.ts';
import { toEgressRefusal } from './failure.ts';
import { OriginPool } from './pool.ts';
import { dialRaw, type RawConnection, type RawTarget } from './raw.ts';
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

/** Pools kept for their TLS sessions and idle connections; beyond that the one used longest ago makes room. */
const POOLS_MAX = 1024;
const RECHECK_MS = 10_000;
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Origin form in printable ASCII (RFC 9112 §3.2.1): the HTTP client would send an absolute URL as it is (R5). */
const PATH = /^\/[\x21-\x7e]*$/;
/** R9: neither means anything to an API, and the client would treat CONNECT as a tunnel. */
const METHODS_REFUSED = new Set(['CONNECT', 'TRACE']);
/** Made here or meaningless upstream (RFC 9110 §7.6.1, RFC 9112 §6). */
const HEADERS_MADE_HERE = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

export class Egress {
  readonly #resolver: Resolver;
  readonly #trust: TlsTrust;
  readonly #recheckMs: number;
  readonly #pools = new Map<string, OriginPool>();
  readonly #calls = new Roll<Call>();
  readonly #rawSockets = new Set<Socket>();
  #isClosed = false;

  constructor(settings: EgressSettings) {
    this.#resolver = new Resolver(settings);
    this.#trust = new TlsTrust(settings.caPem);
    this.#recheckMs = settings.recheckMs ?? RECHECK_MS;
  }

  /** Sends one request, once. The handler is told everything after this has returned. */
  send(request: EgressRequest, handler: EgressHandler): EgressCall {
    const call = new Call(request, handler, this.#calls);
    try {
      this.#check(request);
      this.#route(call);
    } catch (error) {
      call.fail(toEgressRefusal(error));
    }
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
    void this.#retirePools();
  }

  /** Ends what is still under way and closes every connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const reason = new Refusal('upstream_unreachable', { detail: 'the server is stopping' });
    for (const call of this.#calls.items()) call.abort(reason);
    for (const socket of this.#rawSockets) socket.destroy();
    await this.#retirePools();
  }

  #check(request: EgressRequest): void {
    if (this.#isClosed) throw new Refusal('unavailable', { detail: 'egress is closed' });
    if (!METHOD.test(request.method) || METHODS_REFUSED.has(request.method))
      throw new Refusal('invalid_request', { detail: 'method' });
    if (!PATH.test(request.path)) throw new Refusal('invalid_request', { detail: 'path' });
    if (request.path.startsWith('//') && request.allowEmptySegments !== true)
      throw new Refusal('invalid_request', { detail: 'path' });
    this.#resolver.judgeName(request.target);
  }

  #route(call: Call): void {
    const pool = this.#findPool(call.request);
    const options = toDispatchOptions(call.request);
    const now = performance.now();
    pool.lastUsedAt = now;
    const isStale =
      pool.hasIdle && now - pool.judgedAt >= this.#recheckMs && !this.#resolver.isFixed(call.request.target);
    if (!isStale) return call.start(pool.take(), options);
    void this.#startAfterRecheck(call, pool, options);
  }

  async #startAfterRecheck(call: Call, pool: OriginPool, options: Dispatcher.DispatchOptions): Promise<void> {
    try {
      await pool.recheck();
      if (!call.isOver) call.start(pool.take(), options);
    } catch (error) {
      call.fail(toEgressRefusal(error));
    }
  }

  #findPool(request: EgressRequest): OriginPool {
    const { scheme, authority } = request.target;
    const key = `${request.poolKey}\n${scheme}://${authority}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    if (this.#pools.size >= POOLS_MAX) this.#makeRoom();
    const pool = new OriginPool(request.target, this.#resolver, this.#trust);
    this.#pools.set(key, pool);
    return pool;
  }

  /** A pool in use goes too if need be: its calls finish, and then its connections close. */
  #makeRoom(): void {
    let oldest: [string, OriginPool] | undefined;
    for (const entry of this.#pools) {
      if (oldest === undefined || isBetterToDrop(entry[1], oldest[1])) oldest = entry;
    }
    if (oldest === undefined) return;
    this.#pools.delete(oldest[0]);
    void oldest[1].retire();
  }

  async #retirePools(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.retire()));
  }
}

function isBetterToDrop(candidate: OriginPool, than: OriginPool): boolean {
  if (candidate.isInUse !== than.isInUse) return !candidate.isInUse;
  return candidate.lastUsedAt < than.lastUsedAt;
}

function toDispatchOptions(request: EgressRequest): Dispatcher.DispatchOptions {
  const headers = withoutFraming(request.headers);
  const body = request.contentLength === 0 && request.body instanceof Readable ? null : request.body;
  if (body instanceof Readable && request.contentLength !== undefined)
    headers.push('content-length', String(request.contentLength));
  return { method: request.method, path: request.path, headers, body };
}

/** R4, R12: the Host header and the framing are ours, whatever the caller sent. */
function withoutFraming(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (!HEADERS_MADE_HERE.has(lowerName(name))) kept.push(name, headers[index + 1] ?? '');
  }
  return kept;
}
