/**
 * Server-sent events for pages that follow something live, whatever it is. A stream lives as long as whoever opened it may see
 * it: that is looked up again every few seconds, and looking on does not count as use. It never keeps much for a reader who is
 * slow, and ends before the vault stops; the browser comes back by itself and says up to where it has heard.
 */
import { Readable } from 'node:stream';
import type { Scope } from '@alter-vault/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorNow, type Actor, type PeopleParts } from '../access/people.ts';
import { Refusal } from '../refusal.ts';

/** A browser opens six connections to an origin at most, over all its tabs. */
const OF_SESSION_MAX = 4;
const OF_ORGANIZATION_MAX = 100;
const STREAMS_MAX = 500;
/** I12: who may no longer look is seen within this time. */
const CHECK_EVERY_MS = 3_000;
const HEARTBEAT_EVERY_MS = 15_000;
/** What a slow reader may be behind. */
const BUFFER_BYTES_MAX = 1024 * 1024;
/** After which the browser comes back when the connection ended. */
const RETRY_MS = 2_000;

export interface StreamEvent {
  readonly event: string;
  /** What the browser names when it comes back, so that it hears what it missed. */
  readonly id?: string | undefined;
  readonly data: unknown;
}

export interface Stream {
  /** The id of the last event that the browser has heard, when it comes back. */
  readonly lastEventId: string | undefined;
  readonly send: (event: StreamEvent) => void;
}

interface Opened {
  readonly actor: Actor;
  readonly scope: Scope | undefined;
  readonly out: Readable;
}

export class Streams {
  readonly #parts: PeopleParts;
  readonly #opened = new Set<Opened>();
  #timer: NodeJS.Timeout | undefined;
  #heartbeatAt = 0;
  #looking: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /**
   * Answers `call` with a stream for as long as its member holds `scope`, or is signed in at all. `begin` starts what it tells
   * of, and answers with how that is ended. @throws Refusal `rate_limited`, `unavailable`
   */
  open(
    call: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly actor: Actor },
    scope: Scope | undefined,
    begin: (stream: Stream) => () => void,
  ): FastifyReply {
    const { request, reply, actor } = call;
    reply.header('Content-Type', 'text/event-stream; charset=utf-8').header('X-Accel-Buffering', 'no');
    // Who asks for the headers alone gets no stream.
    if (request.method === 'HEAD') return reply.send('');
    this.#checkRoom(actor);
    const out = new Readable({ read: () => undefined, highWaterMark: BUFFER_BYTES_MAX });
    const opened: Opened = { actor, scope, out };
    this.#opened.add(opened);
    this.#timer ??= setInterval(() => void this.#lookOnce(), CHECK_EVERY_MS).unref();
    this.#write(opened, `retry: ${RETRY_MS}\n\n`);
    const lastEventId = request.headers['last-event-id'];
    const end = begin({
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
      send: (event) => this.#write(opened, textOf(event)),
    });
    out.once('close', () => {
      end();
      this.#opened.delete(opened);
      if (this.#opened.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    // Only its reader can break it, by going away.
    out.on('error', () => undefined);
    return reply.send(out);
  }

  /** Ends all that are open: the vault stops. */
  close(): void {
    this.#isClosed = true;
    for (const opened of this.#opened) this.#end(opened);
  }

  #checkRoom({ viaId, orgId }: Actor): void {
    if (this.#isClosed) throw new Refusal('unavailable', { message: 'The vault is being stopped.' });
    const open = [...this.#opened];
    const isFull =
      open.length >= STREAMS_MAX ||
      open.filter(({ actor }) => actor.orgId === orgId).length >= OF_ORGANIZATION_MAX ||
      open.filter(({ actor }) => actor.viaId === viaId).length >= OF_SESSION_MAX;
    if (isFull)
      throw new Refusal('rate_limited', {
        message: 'Too many live views are open.',
        hint: 'Close one of them, or look again in a minute.',
        headers: { 'Retry-After': '60' },
      });
  }

  #lookOnce(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const isHeartbeat = performance.now() - this.#heartbeatAt > HEARTBEAT_EVERY_MS;
    if (isHeartbeat) this.#heartbeatAt = performance.now();
    for (const streams of Map.groupBy(this.#opened, ({ actor }) => actor.viaId).values()) {
      const [{ actor }] = streams as [Opened, ...Opened[]]; // a group has one at least
      const now = await actorNow(this.#parts, actor).catch(() => undefined);
      for (const opened of streams) {
        const { scope } = opened;
        // Also where it could not be looked up: whoever still may comes back.
        if (now === undefined || (scope !== undefined && !now.scopes.includes(scope))) this.#end(opened);
        else if (isHeartbeat) this.#write(opened, ':\n\n');
      }
    }
  }

  /** A reader who is too far behind is let go of; the browser comes back and hears the rest. */
  #write(opened: Opened, text: string): void {
    const { out } = opened;
    if (!this.#opened.has(opened)) return;
    if (out.readableLength > BUFFER_BYTES_MAX) out.destroy();
    else out.push(text);
  }

  #end(opened: Opened): void {
    this.#opened.delete(opened);
    opened.out.push(null);
  }
}

const textOf = ({ event, id, data }: StreamEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
