/**
 * Owns one connection to an upstream: dials it, writes one request at a time, reads its answer, and stays for the next while
 * nothing speaks against it. HTTP/1.1, no pipelining. Must never be used again after anything came that nobody asked for,
 * nor while a request or an answer is not whole.
 */
import type { Socket } from 'node:net';
import { Refusal } from '../refusal.ts';
import { AnswerReader, type AnswerHead, type AnswerSink } from './answer-reader.ts';
import type { Call } from './call.ts';
import { type ReadInto, startTls, TcpDial } from './dial.ts';
import { toEgressRefusal } from './failure.ts';
import type { OriginPool } from './pool.ts';
import { bodyOf } from './request-bytes.ts';
import type { Dialable } from './resolve.ts';
import { Upload } from './upload.ts';

/** Longest time from the first SYN to the end of the TLS handshake, whatever the call allows. */
const DIAL_MS_MAX = 10_000;
/** A body up to this goes out in one write with its head, as text: the copy costs less than a second buffer in the write. */
const ONE_WRITE_BYTES_MAX = 8 * 1024;
const NOTHING = Buffer.alloc(0);
/** All plain connections read into this: what is read is handled before another one reads. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

export class Connection implements AnswerSink {
  /** The judged address that was dialled. */
  address = '';
  /** While idle: until when, on the monotonic clock. */
  idleUntil = 0;
  isPaused = false;
  readonly #pool: OriginPool;
  readonly #reader = new AnswerReader(this);
  #socket: Socket | undefined;
  #cancelDial: (() => void) | undefined;
  #call: Call | undefined;
  #upload: Upload | undefined;
  #keepMs = 0;
  #isDestroyed = false;
  /** What was read and not looked at yet, since the call is paused. */
  #rest = NOTHING;

  constructor(pool: OriginPool) {
    this.#pool = pool;
  }

  /** Sends the call: at once, or as soon as the connection is made. */
  send(call: Call): void {
    this.#call = call;
    if (this.#socket === undefined) this.#dial();
    else this.#write(this.#socket, call);
  }

  resume(): void {
    this.isPaused = false;
    const rest = this.#rest;
    this.#rest = NOTHING;
    if (rest.length > 0) this.#receive(rest);
    if (!this.isPaused) this.#socket?.resume();
  }

  /** Closes the connection, or stops making it. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#pool.drop(this);
    this.#upload?.stop();
    this.#cancelDial?.();
    this.#socket?.destroy();
  }

  onHead(head: AnswerHead): void {
    this.#keepMs = head.keepMs;
    this.#call?.onHead(head);
  }

  onBody(bytes: Buffer): void {
    const isShared = bytes.buffer === READ_BUFFER.buffer;
    if (this.#call?.onData(isShared ? Buffer.from(bytes) : bytes) !== false) return;
    this.isPaused = true;
    this.#socket?.pause();
  }

  onEnd(trailers: string[]): void {
    const call = this.#call;
    this.#call = undefined;
    const isSentWhole = this.#upload === undefined || this.#upload.isDone;
    this.#upload?.stop();
    this.#upload = undefined;
    if (!isSentWhole || this.#keepMs === 0) this.destroy();
    else this.#release();
    call?.onEnd(trailers);
    if (!isSentWhole) call?.dropBody();
  }

  #release(): void {
    if (this.isPaused) this.#socket?.resume();
    this.isPaused = false;
    this.idleUntil = performance.now() + this.#keepMs;
    if (!this.#pool.giveBack(this)) this.destroy();
  }

  #write(socket: Socket, call: Call): void {
    call.onBegun();
    this.#reader.begin(call.request.method);
    const { head } = call;
    const body = bodyOf(call.request);
    if (body !== null && !Buffer.isBuffer(body)) {
      this.#upload = new Upload(socket, call, body);
      return;
    }
    if (body === null) socket.write(head, 'latin1');
    else if (body.length <= ONE_WRITE_BYTES_MAX) socket.write(head + body.toString('latin1'), 'latin1');
    else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    }
    call.onSent();
  }

  #receive(bytes: Buffer): void {
    try {
      const end = this.#reader.read(bytes);
      if (end === bytes.length) return;
      // Behind an answer, or where none is awaited, nothing may come (R12).
      if (this.#reader.isDone) this.destroy();
      else this.#rest = Buffer.from(bytes.subarray(end));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #ended(): void {
    try {
      this.#keepMs = 0;
      this.#reader.end();
      this.destroy();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    const call = this.#call;
    this.#call = undefined;
    this.destroy();
    call?.fail(toEgressRefusal(thrown));
  }

  #dial(): void {
    const timer = setTimeout(
      () => finish(new Refusal('upstream_timeout', { detail: 'the connection was not made in time' })),
      DIAL_MS_MAX,
    );
    let tcp: TcpDial | undefined;
    let open: Socket | undefined;
    const finish = (error: unknown): void => {
      if (this.#cancelDial === undefined) return;
      this.#cancelDial = undefined;
      clearTimeout(timer);
      if (error === undefined && open !== undefined && !this.#isDestroyed) return this.#opened(open);
      tcp?.cancel();
      open?.destroy();
      this.#fail(error ?? new Refusal('upstream_unreachable'));
    };
    this.#cancelDial = () =>
      finish(
        new Refusal('upstream_unreachable', { detail: 'the call was over before the connection was made' }),
      );
    const start = (to: Dialable): void => {
      if (this.#cancelDial === undefined) return;
      tcp = new TcpDial(
        to,
        (error, socket, address = '') => {
          if (socket === undefined) return finish(error);
          this.address = address;
          open = this.#secured(socket, finish);
        },
        this.#readInto(),
      );
    };
    this.#resolve().then(start, finish);
  }

  async #resolve(): Promise<Dialable> {
    const to = await this.#pool.resolver.resolve(this.#pool.target);
    this.#pool.judgedAt = performance.now();
    return to;
  }

  /** Under TLS the bytes come out of the cipher instead. */
  #readInto(): ReadInto | undefined {
    if (this.#pool.target.scheme === 'https') return undefined;
    const callback = (count: number): boolean => {
      this.#receive(READ_BUFFER.subarray(0, count));
      return true;
    };
    return { buffer: READ_BUFFER, callback };
  }

  /** TLS where the target wants it; `finish` is told when it is done. */
  #secured(socket: Socket, finish: (error: unknown) => void): Socket {
    socket.on('error', finish);
    const { target, trust, sessions } = this.#pool;
    if (target.scheme === 'http') {
      queueMicrotask(() => finish(undefined));
      return socket;
    }
    const secured = startTls(socket, target, trust, sessions);
    secured.on('error', finish);
    secured.once('secureConnect', () => finish(undefined));
    secured.once('close', () =>
      finish(new Refusal('upstream_unreachable', { detail: 'closed during the TLS handshake' })),
    );
    return secured;
  }

  #opened(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(error));
    socket.once('end', () => this.#ended());
    socket.once('close', () =>
      this.#fail(new Refusal('upstream_unreachable', { detail: 'the connection closed' })),
    );
    if (this.#pool.target.scheme === 'https') socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    if (this.#call !== undefined) this.#write(socket, this.#call);
  }
}
