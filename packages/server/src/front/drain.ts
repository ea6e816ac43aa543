/**
 * How serving ends: nothing new is accepted, what is under way may finish for a while, then it is ended. Clients are told
 * with each answer that their connection closes, so that none sends its next call into it.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { OpenCalls } from '../path/open-calls.ts';
import { Refusal } from '../refusal.ts';
import { Roll } from '../roll.ts';
import type { PlainConnections } from './plain-connection.ts';

/** Calls in flight get this long at the end. */
const DRAIN_MS = 30_000;
/** And this long to tell their callers that they were ended. */
const ENDED_MS = 500;
const SWEEP_MS = 100;

export class Drain {
  readonly #server: Server;
  readonly #unanswered = new Roll<ServerResponse>();
  #isDraining = false;

  constructor(server: Server) {
    this.#server = server;
    const note = (_request: IncomingMessage, response: ServerResponse): void => this.#note(response);
    for (const event of ['request', 'checkContinue'] as const) server.prependListener(event, note);
  }

  /** Resolves when no connection is left. */
  async finish(openCalls: OpenCalls, plain: PlainConnections): Promise<void> {
    this.#isDraining = true;
    for (const response of this.#unanswered.items()) response.shouldKeepAlive = false;
    plain.keepNoLonger();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const sweep = setInterval(() => {
      this.#server.closeIdleConnections();
      plain.closeIdle();
    }, SWEEP_MS);
    const timer = setTimeout(() => {
      openCalls.endAll(new Refusal('unavailable', { message: 'The vault is being stopped.' }));
      setTimeout(() => {
        this.#server.closeAllConnections();
        plain.closeAll();
      }, ENDED_MS);
    }, DRAIN_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(timer);
  }

  #note(response: ServerResponse): void {
    if (this.#isDraining) response.shouldKeepAlive = false;
    const seat = this.#unanswered.add(response);
    response.once('close', () => this.#unanswered.delete(seat));
  }
}
