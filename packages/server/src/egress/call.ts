/**
 * Owns one call: its deadlines, its limits, and the order in which its handler hears of it: `onHead` at most once, then
 * data, then exactly one of `onEnd` and `onError`, and nothing after. Must never report a truncated body as complete,
 * decode a body, follow a redirect (R1) or send anything twice (P6).
 */
import { Readable } from 'node:stream';
import { Refusal } from '../refusal.ts';
import type { Roll, Seat } from '../roll.ts';
import type { AnswerHead } from './answer-reader.ts';
import type { Connection } from './connection.ts';
import { toEgressRefusal } from './failure.ts';
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
  readonly totalTimeoutMs?: number | undefined;
  /** More is `upstream_too_large`: before the head when the length is announced, in the middle otherwise (P4). */
  readonly maxResponseBytes?: number | undefined;
}

export interface EgressHandler {
  /** `statusText` and `rawHeaders` in Latin-1, these flat, as they came, in order, with duplicates. Interim (1xx) answers are left out. */
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

const NO_DEADLINE = Infinity;
/** The deadline of the phase is worked out by whoever looks at the calls next. */
const NOT_YET = -1;

export class Call implements EgressCall {
  readonly request: EgressRequest;
  /** What goes out before the body. */
  readonly head: string;
  readonly #handler: EgressHandler;
  readonly #underWay: Roll<Call>;
  readonly #seat: Seat<Call>;
  #connection: Connection | undefined;
  /** Of the phase: how long it may take, and until when. */
  #phaseMs = NO_DEADLINE;
  #deadline = NOT_YET;
  readonly #totalDeadline: number;
  #hasReturned = false;
  #isOver = false;
  #isPaused = false;
  #isBegun = false;
  #hasHead = false;
  #mayHaveBeenSent = false;
  #bytes = 0;

  /** `underWay` holds the call until it is over. */
  constructor(request: EgressRequest, head: string, handler: EgressHandler, underWay: Roll<Call>) {
    this.request = request;
    this.head = head;
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
  start(connection: Connection): void {
    this.#connection = connection;
    connection.send(this);
  }

  /** `send` has handed the call to its caller; from here on the handler may be told at once. */
  markReturned(): void {
    this.#hasReturned = true;
  }

  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#arm(this.request.idleTimeoutMs);
    this.#connection?.resume();
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
    this.#connection?.destroy();
    this.dropBody();
  }

  /** Nobody reads on: whoever writes it must not wait. */
  dropBody(): void {
    if (this.request.body instanceof Readable) this.request.body.destroy();
  }

  /** The connection is there. */
  onBegun(): void {
    this.#isBegun = true;
    this.#arm(this.request.firstByteTimeoutMs);
  }

  /** The head, or a piece of the body, is on its way. */
  onSent(): void {
    this.#mayHaveBeenSent = true;
    if (!this.#hasHead) this.#arm(this.request.firstByteTimeoutMs);
  }

  onHead({ status, reason, headers, length }: AnswerHead): void {
    if (this.#isOver) return;
    this.#hasHead = true;
    this.#arm(this.request.idleTimeoutMs);
    const { maxResponseBytes } = this.request;
    if (length !== undefined && maxResponseBytes !== undefined && length > maxResponseBytes)
      return this.fail(new Refusal('upstream_too_large', { detail: `${length} bytes announced` }));
    this.#handler.onHead(status, reason, headers);
  }

  /** False where nothing more may come until `resume`. */
  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.#bytes += chunk.length;
    const { maxResponseBytes } = this.request;
    if (maxResponseBytes !== undefined && this.#bytes > maxResponseBytes) {
      this.fail(new Refusal('upstream_too_large', { detail: `more than ${maxResponseBytes} bytes` }));
      return true;
    }
    if (this.#handler.onData(chunk) || this.#isOver) {
      this.#arm(this.request.idleTimeoutMs);
      return true;
    }
    this.#isPaused = true;
    this.#arm(NO_DEADLINE);
    return false;
  }

  onEnd(rawTrailers: string[]): void {
    if (this.#isOver) return;
    this.#over();
    this.#handler.onEnd(rawTrailers);
  }

  /** Whoever holds the calls asks each every few milliseconds: a timer of its own would cost a call more than all it waits for. */
  checkDeadline(now: number): void {
    if (this.#deadline === NOT_YET) this.#deadline = now + this.#phaseMs;
    if (now < Math.min(this.#deadline, this.#totalDeadline)) return;
    const phase = !this.#isBegun ? 'connecting' : this.#hasHead ? 'receiving' : 'waiting for the head';
    this.fail(new Refusal('upstream_timeout', { detail: `while ${phase}` }));
  }

  #over(): void {
    this.#isOver = true;
    this.#underWay.delete(this.#seat);
  }

  /** A phase begins that may take so long. Reads no clock: pieces of an answer come by the thousand. */
  #arm(ms: number): void {
    this.#phaseMs = ms;
    this.#deadline = NOT_YET;
  }
}
