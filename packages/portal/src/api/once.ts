/**
 * Makes one thing of one form, however often it is sent: as long as nobody knows what became of a try, the next one with the same
 * content carries the same Idempotency-Key, and one that is still under way is waited for.
 */
import { ApiError, call, isUnsure, type Answer, type Args, type EndpointName } from './client.ts';
import { idempotent } from './endpoints.ts';

interface Sent<N extends EndpointName> {
  readonly content: string;
  readonly args: Args<N>;
  readonly key: string;
  running: Promise<Answer<N>> | undefined;
}

export class Once<N extends EndpointName> {
  readonly #name: N;
  /** What was sent and may have been done; it may hold a credential and is let go of with the answer. */
  #sent: Sent<N> | undefined;

  constructor(name: N) {
    this.#name = name;
  }

  /** @throws ApiError */
  send(args: Args<N>): Promise<Answer<N>> {
    if (idempotent[this.#name] === undefined) return call(this.#name, args);
    const content = contentOf(args);
    if (this.#sent?.content !== content)
      this.#sent = { content, args, key: crypto.randomUUID(), running: undefined };
    const sent = this.#sent;
    sent.running ??= this.#try(sent);
    return sent.running;
  }

  async #try(sent: Sent<N>): Promise<Answer<N>> {
    let isOver = true;
    try {
      return await call(this.#name, sent.args, { idempotencyKey: sent.key });
    } catch (error) {
      isOver = !(error instanceof ApiError && isUnsure(error));
      throw error;
    } finally {
      sent.running = undefined;
      if (isOver && this.#sent === sent) this.#sent = undefined;
    }
  }
}

const TO_THE_MINUTE = '2026-01-01T00:00'.length;

/** Times that are counted from now differ from try to try by seconds. */
const contentOf = (args: unknown): string =>
  JSON.stringify(args, (name, value: unknown) =>
    name === 'expires_at' && typeof value === 'string' ? value.slice(0, TO_THE_MINUTE) : value,
  );
