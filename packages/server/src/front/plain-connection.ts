/**
 * A connection on which plain calls come (plain-head.ts): reads one after the other and answers each before it looks at the next.
 * The first request that is not plain takes the connection along to node:http, for good. Must never look for a request where
 * the body of the one before goes on, nor read on behind what was no request (R11).
 */
import type { Socket } from 'node:net';
import { Roll, type Seat } from '../roll.ts';
import { readPlainHead } from './plain-head.ts';
import { PlainRequest } from './plain-request.ts';
import { PlainResponse, type Carrier } from './plain-response.ts';

export interface PlainService {
  /** Whether the data plane answers this method there. */
  readonly isDoor: (method: string, target: string) => boolean;
  readonly serve: (request: PlainRequest, response: PlainResponse) => void;
  /** Has node:http go on with the connection, whose next bytes it finds unread. */
  readonly handOver: (socket: Socket) => void;
}

export interface PlainDeadlines {
  /** To the first request. */
  readonly firstMs: number;
  /** Between two requests, as the caller is told. */
  readonly keepAliveMs: number;
}

/** What is left of a refused body is read for so long. */
const REST_MS = 10_000;
/** The caller is told a little less than is kept to, so that no request meets the end. */
const KEEP_MARGIN_MS = 1_000;
const SWEEP_MS = 1_000;
const NOTHING = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
const REQUEST_LINE = /^[A-Z-]+ [^ \r\n]+ HTTP\/1\.[01]\r\n/;

/** The plain connections of a server. */
export class PlainConnections {
  readonly service: PlainService;
  readonly deadlines: PlainDeadlines;
  readonly keepAliveLine: string;
  readonly #connections = new Roll<PlainConnection>();
  /** Those with an answer to be written in the next check phase of the event loop. */
  #due: PlainConnection[] = [];
  #sweep: NodeJS.Timeout | undefined;
  #keepsAlive = true;

  constructor(service: PlainService, deadlines: PlainDeadlines) {
    this.service = service;
    this.deadlines = deadlines;
    const seconds = Math.floor(deadlines.keepAliveMs / 1000);
    this.keepAliveLine = `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n`;
  }

  accept(socket: Socket): void {
    this.#sweep ??= setInterval(() => this.#closeLate(), SWEEP_MS).unref();
    const connection: PlainConnection = new PlainConnection(socket, this, () =>
      this.#connections.delete(seat),
    );
    const seat: Seat<PlainConnection> = this.#connections.add(connection);
  }

  /** Answers that have not begun, and all later ones, tell their callers that the connection closes. */
  keepNoLonger(): void {
    this.#keepsAlive = false;
    for (const connection of this.#connections.items()) connection.keepNoLonger();
  }

  get keepsAlive(): boolean {
    return this.#keepsAlive;
  }

  /** Answers go out together: whoever reads many of them is woken once, which costs more than an answer (measured: 7 % of a call). */
  flushSoon(connection: PlainConnection): void {
    if (this.#due.push(connection) > 1) return;
    setImmediate(() => {
      const due = this.#due;
      this.#due = [];
      for (const one of due) one.flush();
    });
  }

  closeIdle(): void {
    for (const connection of this.#connections.items()) if (!connection.isBusy) connection.destroy();
  }

  closeAll(): void {
    for (const connection of this.#connections.items()) connection.destroy();
  }

  #closeLate(): void {
    const now = performance.now();
    for (const connection of this.#connections.items()) if (now > connection.deadline) connection.destroy();
    if (this.#connections.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}

class PlainConnection implements Carrier {
  readonly socket: Socket;
  readonly keepAliveLine: string;
  /** On the monotonic clock: when it is closed unless something happens. */
  deadline: number;
  readonly #owner: PlainConnections;
  readonly #leave: () => void;
  /** The call that is answered, or whose body is not whole yet. */
  #request: PlainRequest | undefined;
  #response: PlainResponse | undefined;
  /** What came behind the call. */
  #rest: Buffer = NOTHING;
  /** Answers that are not written yet. */
  #due = '';

  constructor(socket: Socket, owner: PlainConnections, leave: () => void) {
    this.socket = socket;
    this.#owner = owner;
    this.#leave = leave;
    this.keepAliveLine = owner.keepAliveLine;
    this.deadline = performance.now() + owner.deadlines.firstMs;
    socket.on('data', this.#read);
    socket.on('drain', this.#drained);
    socket.on('end', this.#ended);
    socket.on('error', this.#failed);
    socket.on('close', this.#closed);
  }

  get isBusy(): boolean {
    return this.#response !== undefined || this.#due !== '';
  }

  keepNoLonger(): void {
    if (this.#response !== undefined) this.#response.shouldKeepAlive = false;
  }

  destroy(): void {
    this.socket.destroy();
  }

  writeSoon(answer: string): void {
    if (this.#due === '') this.#owner.flushSoon(this);
    this.#due += answer;
  }

  flush(): void {
    const due = this.#due;
    this.#due = '';
    if (due === '' || this.socket.destroyed) return;
    this.socket.write(due, 'latin1');
    if (this.#response === undefined) this.#readOn();
  }

  answered(response: PlainResponse): void {
    this.#response = undefined;
    if (!response.shouldKeepAlive) this.#endOfAnswers();
    else if (this.#request?.complete === false) this.deadline = performance.now() + REST_MS;
    else this.#goOn();
  }

  #endOfAnswers(): void {
    this.flush();
    this.socket.end();
  }

  readonly #read = (bytes: Buffer): void => {
    const request = this.#request;
    if (request === undefined) return this.#begin(bytes);
    const taken = request.complete ? 0 : request.take(bytes);
    if (taken < bytes.length) this.#keep(bytes.subarray(taken));
    if (this.#response === undefined && request.complete) this.#goOn();
  };

  /** The caller's next request waits, and the caller with it. */
  #keep(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.socket.pause();
    const isGarbage = this.#rest.includes(HEAD_END) && !REQUEST_LINE.test(this.#rest.toString('latin1'));
    if (isGarbage) this.destroy();
  }

  #begin(bytes: Buffer): void {
    this.flush();
    const { service } = this.#owner;
    const head = readPlainHead(bytes, service.isDoor);
    if (head === undefined) return this.#handOver(bytes);
    const bodyEnd = Math.min(head.end + head.bodyLength, bytes.length);
    const request = new PlainRequest(head, bytes.subarray(head.end, bodyEnd), this.socket);
    const response = new PlainResponse(request, this);
    if (!this.#owner.keepsAlive) response.shouldKeepAlive = false;
    this.#request = request;
    this.#response = response;
    this.deadline = Infinity;
    if (bodyEnd < bytes.length) this.#keep(bytes.subarray(bodyEnd));
    service.serve(request, response);
  }

  /** The call before is answered and read whole. */
  #goOn(): void {
    this.#request = undefined;
    this.deadline = performance.now() + this.#owner.deadlines.keepAliveMs + KEEP_MARGIN_MS;
    if (this.#rest.length > 0) setImmediate(() => this.#beginNext());
    else this.#readOn();
  }

  /** A caller who does not take the answers sends no further requests. */
  #readOn(): void {
    if (this.socket.writableNeedDrain) this.socket.pause();
    else if (this.#rest.length === 0 && this.socket.isPaused()) this.socket.resume();
  }

  #beginNext(): void {
    const rest = this.#rest;
    if (rest.length === 0 || this.#request !== undefined) return;
    if (this.socket.destroyed || this.socket.writableNeedDrain) return;
    this.#rest = NOTHING;
    this.socket.resume();
    this.#begin(rest);
  }

  #handOver(bytes: Buffer): void {
    const { socket } = this;
    socket.off('data', this.#read);
    socket.off('drain', this.#drained);
    socket.off('end', this.#ended);
    socket.off('error', this.#failed);
    socket.off('close', this.#closed);
    this.#leave();
    socket.pause();
    socket.unshift(bytes);
    this.#owner.service.handOver(socket);
    socket.resume();
  }

  readonly #drained = (): void => {
    if (this.#response !== undefined) this.#response.drained();
    else if (this.#rest.length > 0) this.#beginNext();
    else this.#readOn();
  };

  /** As node:http has it: whoever stops sending does not wait for an answer. */
  readonly #ended = (): void => {
    if (this.#response !== undefined) this.destroy();
    else this.#endOfAnswers();
  };

  readonly #failed = (): void => this.destroy();

  readonly #closed = (): void => {
    this.#leave();
    this.#request?.breakOff();
    this.#response?.disconnected();
  };
}
