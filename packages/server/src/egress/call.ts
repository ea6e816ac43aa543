/**
 * Owns one call: its deadlines, its limits, and the order in which its handler hears of it: `onHead` at most once, then
 * data, then exactly one of `onEnd` and `onError`, and nothing after. Must never report a truncated body as complete,
 * decode a body, follow a redirect (R1) or send anything twice (P6).
 */
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { Refusal } from '../refusal.ts';
import type { Roll, Seat } from '../roll.ts';
import { toEgressRefusal } from './failure.ts';
import type { Lane } from './pool.ts';
import type { EgressTarget } from './resolve.ts';

export interface EgressRequest {
  /** App and binding: sockets and TLS sessions are never shared across keys (S8). */
  readonly poolKey: string;
  readonly target: EgressTarget;
  readonly method: string;
  /** With the query, as it is sent. Begins with one slash. */
  readonly path: string;
  /** S3 keys may make a path that begins with `//` (R5). */
  readonly allowEmptySegments?: boolean;
  /** Flat, names and values in turn. Host and framing are made here; such entries are left out (R4, R12). */
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
  /** Of a stream, where it is known; otherwise it is sent chunked. */
  readonly contentLength: number | undefined;
  /** To a connection that can be written to. At most 10 s count. */
  readonly connectTimeoutMs: number;
  /** From the last byte sent to the head of the answer; also between two pieces of a body that is being sent. */
  readonly firstByteTimeoutMs: number;
  /** Between two pieces of the answer; does not run while the handler has it paused. */
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs?: number;
  /** More is `upstream_too_large`: before the head when the length is announced, in the middle otherwise (P4). */
  readonly maxResponseBytes?: number;
}

export interface EgressHandler {
  /** `rawHeaders` flat, as they came, in order, with duplicates, latin1. Interim (1xx) answers are left out. */
  onHead(status: number, statusText: string, rawHeaders: string[]): void;
  /** False pauses the answer until `resume()`. */
  onData(chunk: Buffer): boolean;
  onEnd(rawTrailers: string[]): void;
  onError(refusal: Refusal, info: { readonly mayHaveBeenSent: boolean }): void;
}

export interface EgressCall {
  /** After `onData` returned false. */
  resume(): void;
  /** Stops the call; `onError` is told the reason. Nothing happens once the call is over. */
  abort(reason?: Refusal): void;
}

type RawHeaders = Dispatcher.DispatchController['rawHeaders'];

const NO_DEADLINE = Infinity;
/** Longer timers overflow in Node and fire at once; one that fires early finds the deadline and is set again. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Call implements EgressCall, Dispatcher.DispatchHandler {
  readonly request: EgressRequest;
  readonly #handler: EgressHandler;
  readonly #underWay: Roll<Call>;
  readonly #seat: Seat<Call>;
  #lane: Lane | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = NO_DEADLINE;
  #deadline = NO_DEADLINE;
  readonly #totalDeadline: number;
  #hasReturned = false;
  #isOver = false;
  #isPaused = false;
  #hasHead = false;
  /** Whether only the end of the connection tells where the body ends. */
  #isDelimitedByClose = false;
  #mayHaveBeenSent = false;
  #bytes = 0;

  /** `underWay` holds the call until it is over. */
  constructor(request: EgressRequest, handler: EgressHandler, underWay: Roll<Call>) {
    this.request = request;
    this.#handler = handler;
    this.#underWay = underWay;
    this.#seat = underWay.add(this);
    this.#totalDeadline =
      request.totalTimeoutMs === undefined ? NO_DEADLINE : performance.now() + request.totalTimeoutMs;
    this.#arm(request.connectTimeoutMs);
    // A body that breaks while nobody else listens yet, or any more, must not become an uncaught error.
    if (request.body instanceof Readable)
      request.body.on('error', (error) => this.fail(toEgressRefusal(error)));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The call goes out on this connection. */
  start(lane: Lane, options: Dispatcher.DispatchOptions): void {
    this.#lane = lane;
    lane.dispatch(options, this);
  }

  /** `send` has handed the call to its caller; from here on the handler may be told at once. */
  markReturned(): void {
    this.#hasReturned = true;
  }

  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#arm(this.request.idleTimeoutMs);
    this.#controller?.resume();
  }

  abort(reason?: Refusal): void {
    this.fail(reason ?? new Refusal('upstream_unreachable', { detail: 'aborted by the vault' }));
  }

  /** The one way to `onError`. */
  fail(refusal: Refusal): void {
    if (this.#isOver) return;
    this.#over();
    const info = { mayHaveBeenSent: this.#mayHaveBeenSent };
    if (this.#hasReturned) this.#handler.onError(refusal, info);
    else queueMicrotask(() => this.#handler.onError(refusal, info));
    this.#controller?.abort(refusal);
    void this.#lane?.destroy();
    // Nobody reads on: whoever writes it must not wait.
    if (this.request.body instanceof Readable) this.request.body.destroy();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return controller.abort(new Refusal('upstream_unreachable'));
    this.#controller = controller;
    // The head of a streamed request is written with the first piece of its body.
    this.#mayHaveBeenSent = this.request.body === null || Buffer.isBuffer(this.request.body);
    this.#arm(this.request.firstByteTimeoutMs);
  }

  onBodySent(): void {
    this.onRequestSent();
  }

  onRequestSent(): void {
    this.#mayHaveBeenSent = true;
    if (!this.#hasHead && !this.#isOver) this.#arm(this.request.firstByteTimeoutMs);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: object,
    statusText?: string,
  ): void {
    if (status < 200 || this.#isOver) return;
    this.#hasHead = true;
    this.#arm(this.request.idleTimeoutMs);
    const hasBody = this.request.method !== 'HEAD' && status !== 204 && status !== 304;
    const announced = 'content-length' in headers ? Number(headers['content-length']) : undefined;
    const { maxResponseBytes } = this.request;
    if (
      hasBody &&
      announced !== undefined &&
      maxResponseBytes !== undefined &&
      announced > maxResponseBytes
    ) {
      return this.fail(new Refusal('upstream_too_large', { detail: `${announced} bytes announced` }));
    }
    this.#isDelimitedByClose = hasBody && announced === undefined && !('transfer-encoding' in headers);
    this.#handler.onHead(status, statusText ?? '', toLatin1(controller.rawHeaders));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytes += chunk.length;
    if (this.#bytes > (this.request.maxResponseBytes ?? Infinity)) {
      return this.fail(
        new Refusal('upstream_too_large', { detail: `more than ${this.request.maxResponseBytes} bytes` }),
      );
    }
    if (this.#handler.onData(chunk) || this.#isOver) return this.#arm(this.request.idleTimeoutMs);
    this.#isPaused = true;
    this.#deadline = this.#totalDeadline;
    controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return;
    // A reset looks like the end of such a body to the HTTP client (F6: a truncated body is never complete).
    if (this.#isDelimitedByClose && this.#lane?.isBroken === true) {
      return this.fail(
        new Refusal('upstream_unreachable', { detail: 'the connection broke within the body' }),
      );
    }
    this.#over();
    const trailers = toLatin1(controller.rawTrailers);
    this.#lane?.release();
    this.#handler.onEnd(trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(toEgressRefusal(error));
  }

  #over(): void {
    this.#isOver = true;
    this.#underWay.delete(this.#seat);
    clearTimeout(this.#timer);
  }

  /**
   * Sets the deadline of the phase. One timer serves all phases: it is left alone while it fires early enough, and set
   * again for the rest when it finds the deadline moved; a chunk then costs a clock read and no timer.
   */
  #arm(ms: number): void {
    if (this.#isOver) return;
    this.#deadline = Math.min(performance.now() + ms, this.#totalDeadline);
    if (this.#deadline < this.#timerAt) this.#setTimer();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    this.#timerAt = this.#deadline;
    if (this.#deadline === NO_DEADLINE) return;
    this.#timer = setTimeout(
      expire,
      Math.min(Math.max(this.#deadline - performance.now(), 1), TIMER_MS_MAX),
      this,
    );
  }

  /** For the timer only. */
  expire(): void {
    this.#timerAt = NO_DEADLINE;
    if (this.#isOver) return;
    if (performance.now() < this.#deadline - 1) return this.#setTimer();
    const phase =
      this.#controller === undefined ? 'connecting' : this.#hasHead ? 'receiving' : 'waiting for the head';
    this.fail(new Refusal('upstream_timeout', { detail: `while ${phase}` }));
  }
}

function expire(call: Call): void {
  call.expire();
}

function toLatin1(raw: RawHeaders): string[] {
  if (!Array.isArray(raw)) return [];
  const texts: string[] = [];
  for (const entry of raw) texts.push(typeof entry === 'string' ? entry : entry.toString('latin1'));
  return texts;
}
