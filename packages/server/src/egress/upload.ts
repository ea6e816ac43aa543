/**
 * A body that is sent as it comes: with its announced length, or in chunks. Holds back whoever writes it while the upstream
 * does not take more. Must never end a body that is shorter or longer than announced as if it were whole.
 */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';

export class Upload {
  readonly #socket: Socket;
  readonly #call: Call;
  readonly #body: Readable;
  #hasHead = false;
  #bytes = 0;
  /** Whether the request went out whole. */
  isDone = false;

  constructor(socket: Socket, call: Call, body: Readable) {
    this.#socket = socket;
    this.#call = call;
    this.#body = body;
    if (body.destroyed) this.#fail('the body broke before it was sent');
    else this.#begin();
  }

  #begin(): void {
    const [body, socket] = [this.#body, this.#socket];
    body.on('data', this.#send).on('end', this.#end).on('close', this.#closed);
    socket.on('drain', this.#drained);
  }

  /** Sends nothing more. */
  stop(): void {
    this.#body.off('data', this.#send).off('end', this.#end).off('close', this.#closed);
    this.#socket.off('drain', this.#drained);
  }

  get #length(): number | undefined {
    return this.#call.request.contentLength;
  }

  readonly #send = (chunk: Buffer): void => {
    if (chunk.length === 0) return;
    this.#bytes += chunk.length;
    if (this.#bytes > (this.#length ?? Infinity)) return this.#fail('the body is longer than was announced');
    this.#socket.cork();
    this.#sendHead();
    if (this.#length === undefined) this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    let isTaken = this.#socket.write(chunk);
    if (this.#length === undefined) isTaken = this.#socket.write('\r\n', 'latin1');
    this.#socket.uncork();
    this.#call.onSent();
    if (!isTaken) this.#body.pause();
  };

  readonly #end = (): void => {
    if (this.#length !== undefined && this.#bytes < this.#length)
      return this.#fail('the body is shorter than was announced');
    this.isDone = true;
    this.#sendHead();
    if (this.#length === undefined) this.#socket.write('0\r\n\r\n', 'latin1');
    this.#call.onSent();
    this.stop();
  };

  readonly #closed = (): void => this.#fail('the body broke');

  readonly #drained = (): void => void this.#body.resume();

  #sendHead(): void {
    if (this.#hasHead) return;
    this.#hasHead = true;
    this.#socket.write(this.#call.head, 'latin1');
  }

  #fail(detail: string): void {
    this.stop();
    this.#call.fail(new Refusal('upstream_unreachable', { detail }));
  }
}
