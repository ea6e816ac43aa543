/**
 * The answer to a plain call: written in one piece where it is whole at once, and otherwise as it comes, by its length or in
 * chunks (RFC 9112 §6 f.). Must never send two ways of telling where the body ends, nor a body where there can be none.
 */
import type { Socket } from 'node:net';
import { lowerName } from '../header-names.ts';
import type { CallerResponse } from './caller.ts';
import type { PlainRequest } from './plain-request.ts';

/** Whoever carries the answer. */
export interface Carrier {
  readonly socket: Socket;
  /** Tells the caller how long it may keep the connection. */
  readonly keepAliveLine: string;
  /** Writes a whole answer, Latin-1, with those of others that are whole in this turn of the event loop. */
  writeSoon(answer: string): void;
  /** Everything of it has been handed over to be written. */
  answered(response: PlainResponse): void;
  destroy(): void;
}

/** Node writes text of up to 16 KiB without allocating: a small body goes out as text, in one piece with the head. */
const ONE_WRITE_BYTES_MAX = 8 * 1024;
const LINE_END = Buffer.from('\r\n');
/** What would end a line, or can't be in one. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

type Body = 'counted' | 'chunked' | 'none';

export class PlainResponse implements CallerResponse {
  readonly req: PlainRequest;
  sendDate = true;
  shouldKeepAlive = true;
  headersSent = false;
  destroyed = false;
  readonly #carrier: Carrier;
  #head = '';
  #isCounted = false;
  #mayHaveBody = true;
  /** Undefined until the head is written. */
  #body: Body | undefined;
  #trailers = '';
  #isEnded = false;
  #isClosed = false;
  #onClose: (() => void)[] | undefined;
  #onDrain: (() => void)[] | undefined;

  constructor(request: PlainRequest, carrier: Carrier) {
    this.req = request;
    this.#carrier = carrier;
  }

  get socket(): Socket {
    return this.#carrier.socket;
  }

  get writableFinished(): boolean {
    return this.#isEnded;
  }

  writeHead(status: number, statusText: string, headers: string[]): void {
    let head = `HTTP/1.1 ${status} ${sendable(statusText)}\r\n`;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] ?? '';
      if (name.length === CONTENT_LENGTH.length && lowerName(name) === CONTENT_LENGTH) this.#isCounted = true;
      head += `${name}: ${sendable(headers[i + 1] ?? '')}\r\n`;
    }
    this.#head = head;
    this.#mayHaveBody = this.req.method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304;
    this.headersSent = true;
  }

  flushHeaders(): void {
    if (this.#body === undefined) this.#write(this.#begin(undefined));
  }

  write(bytes: Buffer): boolean {
    const begin = this.#body === undefined ? this.#begin(undefined) : '';
    if (this.#body === 'none' || this.destroyed) return true;
    const { socket } = this.#carrier;
    socket.cork();
    if (this.#body === 'chunked') {
      socket.write(`${begin}${bytes.length.toString(16)}\r\n`, 'latin1');
      socket.write(bytes);
      socket.write(LINE_END);
    } else {
      if (begin !== '') socket.write(begin, 'latin1');
      socket.write(bytes);
    }
    socket.uncork();
    return !socket.writableNeedDrain;
  }

  addTrailers(trailers: readonly [string, string][]): void {
    for (const [name, value] of trailers) this.#trailers += `${name}: ${sendable(value)}\r\n`;
  }

  end(body: string | Buffer = ''): void {
    if (this.#isEnded || this.destroyed) return;
    if (this.#body === undefined) this.#writeWhole(body);
    else if (this.#body === 'chunked') this.#write(`0\r\n${this.#trailers}\r\n`);
    this.#isEnded = true;
    this.#carrier.answered(this);
    this.#close();
  }

  destroy(): void {
    this.destroyed = true;
    this.#carrier.destroy();
  }

  once(event: 'close' | 'drain', listener: () => void): void {
    if (event === 'drain') (this.#onDrain ??= []).push(listener);
    else if (this.#isClosed) queueMicrotask(listener);
    else (this.#onClose ??= []).push(listener);
  }

  /** The connection takes more. */
  drained(): void {
    for (const listener of this.#onDrain?.splice(0) ?? []) listener();
  }

  /** The connection is gone. */
  disconnected(): void {
    this.destroyed = true;
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const listener of this.#onClose ?? []) listener();
  }

  #writeWhole(body: string | Buffer): void {
    const length = typeof body === 'string' ? Buffer.byteLength(body, 'latin1') : body.length;
    const begin = this.#begin(length);
    if (length === 0 || this.#body === 'none') return this.#carrier.writeSoon(begin);
    if (length <= ONE_WRITE_BYTES_MAX)
      return this.#carrier.writeSoon(begin + (typeof body === 'string' ? body : body.toString('latin1')));
    const { socket } = this.#carrier;
    socket.cork();
    this.#write(begin);
    socket.write(body, 'latin1');
    socket.uncork();
  }

  /** The head, with how its body ends; `length` of a body that is whole. */
  #begin(length: number | undefined): string {
    let head = this.#head;
    if (!this.#mayHaveBody) this.#body = 'none';
    else if (this.#isCounted) this.#body = 'counted';
    else if (length !== undefined && this.#trailers === '') {
      this.#body = 'counted';
      head += `Content-Length: ${length}\r\n`;
    } else {
      this.#body = 'chunked';
      head += 'Transfer-Encoding: chunked\r\n';
    }
    if (this.sendDate) head += dateLine();
    return `${head}${this.shouldKeepAlive ? this.#carrier.keepAliveLine : 'Connection: close\r\n'}\r\n`;
  }

  #write(text: string): void {
    if (!this.destroyed) this.#carrier.socket.write(text, 'latin1');
  }
}

const CONTENT_LENGTH = 'content-length';

function sendable(text: string): string {
  if (UNSENDABLE.test(text)) throw new TypeError('a header that cannot be sent');
  return text;
}

/** Made once in a second. */
let lastDate = { second: Number.NaN, line: '' };

function dateLine(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== lastDate.second)
    lastDate = { second, line: `Date: ${new Date(second * 1000).toUTCString()}\r\n` };
  return lastDate.line;
}
