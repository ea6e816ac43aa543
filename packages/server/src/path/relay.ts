/**
 * The upstream's answer on its way back to the caller: bytes in are bytes out, except where a secret was echoed (WIRE §9,
 * I5, I8). Small answers are gathered and written once; the rest streams with back-pressure, and what is cut off is
 * never passed off as complete.
 */
import type { EgressCall, EgressHandler } from '../egress/egress.ts';
import type { CallerResponse } from '../front/caller.ts';
import { toRefusal, type Refusal } from '../refusal.ts';
import { canReadEncoding, type EchoMatcher, type EchoStream } from './echo.ts';
import { GATHER_BYTES_MAX } from './body.ts';
import { handedBackHeaders, valuesOf, withoutByteHeaders } from './headers.ts';

export interface RelayEnd {
  readonly refusal: Refusal | undefined;
  readonly statusCode: number | null;
  readonly bytesOut: number;
  readonly flags: readonly string[];
}

interface Head {
  readonly status: number;
  readonly statusText: string;
  headers: string[];
  /** Of the body that was announced; undefined for one that ends when it ends. */
  readonly length: number | undefined;
}

/** Node writes text of up to 16 KiB without allocating; heads are small. */
const ONE_WRITE_BYTES_MAX = 8 * 1024;

export class Relay implements EgressHandler {
  readonly #response: CallerResponse;
  readonly #matcher: EchoMatcher;
  readonly #isHeadRequest: boolean;
  readonly #requestId: string;
  readonly #onEnd: (end: RelayEnd) => void;
  readonly #stallMs: number;
  #stall: NodeJS.Timeout | undefined;
  readonly #flags: string[] = [];
  #call: EgressCall | undefined;
  #head: Head | undefined;
  #stream: EchoStream | undefined;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #isFlushed = false;
  #isOver = false;
  #bytesOut = 0;

  constructor(options: {
    response: CallerResponse;
    matcher: EchoMatcher;
    isHeadRequest: boolean;
    requestId: string;
    /** How long a caller may stop reading: then it is taken to be gone. */
    stallMs: number;
    onEnd: (end: RelayEnd) => void;
  }) {
    this.#response = options.response;
    this.#matcher = options.matcher;
    this.#isHeadRequest = options.isHeadRequest;
    this.#requestId = options.requestId;
    this.#onEnd = options.onEnd;
    this.#stallMs = options.stallMs;
  }

  /** Gives the relay its call, so that back-pressure and aborts travel upstream. */
  attach(call: EgressCall): void {
    this.#call = call;
    this.#response.once('close', () => {
      if (this.#isOver || this.#response.writableFinished) return;
      this.#flag('client_aborted');
      call.abort();
    });
  }

  /** Ends a call that is under way, for a reason of ours. */
  end(refusal: Refusal): void {
    this.#call?.abort(refusal);
  }

  onHead(status: number, statusText: string, rawHeaders: string[]): void {
    const length = this.#announcedLength(status, rawHeaders);
    const isReadable = canReadEncoding(valuesOf(rawHeaders, 'content-encoding').join(',') || undefined);
    this.#head = { status, statusText: this.#redact(statusText), headers: this.#cleaned(rawHeaders), length };
    if (length === 0) return;
    if (isReadable) this.#stream = this.#matcher.stream(this.#keepsLength);
    else this.#flag('response_not_inspected');
    // What has not come to its end within this turn of the event loop is streamed, unless it is announced as small.
    if (!this.#isGathering) setImmediate(() => this.#flushStarted());
  }

  onData(chunk: Buffer): boolean {
    const out = this.#stream?.push(chunk) ?? chunk;
    if (out.length === 0) return true;
    this.#bytesOut += out.length;
    if (this.#isFlushed) return this.#write(out);
    this.#gathered.push(out);
    this.#gatheredBytes += out.length;
    return this.#gatheredBytes <= GATHER_BYTES_MAX ? true : this.#flush();
  }

  onEnd(rawTrailers: string[]): void {
    if (this.#isOver) return;
    const rest = this.#stream?.end();
    if (rest !== undefined && rest.length > 0) {
      this.#bytesOut += rest.length;
      this.#gathered.push(rest);
    }
    try {
      const trailers = this.#cleaned(rawTrailers);
      if (this.#isFlushed || trailers.length > 0) this.#finishStream(trailers);
      else this.#finishWhole();
    } catch (thrown) {
      return this.onError(toRefusal(thrown));
    }
    this.#over(undefined);
  }

  onError(refusal: Refusal): void {
    if (this.#isOver) return;
    if (this.#isFlushed) {
      this.#flag('truncated');
      this.#cutOff();
    }
    this.#over(refusal);
  }

  /** False where the caller reads more slowly than we write; one that stops reading is taken to be gone. */
  #write(bytes: Buffer): boolean {
    if (this.#response.write(bytes)) return true;
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => this.#response.destroy(), this.#stallMs).unref();
    this.#response.once('drain', () => {
      clearTimeout(this.#stall);
      this.#call?.resume();
    });
    return false;
  }

  #over(refusal: Refusal | undefined): void {
    this.#isOver = true;
    clearTimeout(this.#stall);
    if (this.#stream?.echoed === true) this.#flag('secret_echoed');
    this.#onEnd({
      refusal: refusal !== undefined && this.#flags.includes('client_aborted') ? undefined : refusal,
      statusCode: this.#head?.status ?? null,
      bytesOut: this.#bytesOut,
      flags: this.#flags,
    });
  }

  /** Not `end()`: a body that was cut off must not look complete. HTTP/1.0 knows its end by the connection alone. */
  #cutOff(): void {
    const { req, socket } = this.#response;
    if (req.httpVersion === '1.0') socket?.resetAndDestroy();
    this.#response.destroy();
  }

  /** A body announced as small is waited for; it is whole within the idle deadline or fails. */
  get #isGathering(): boolean {
    return (this.#head?.length ?? Infinity) <= GATHER_BYTES_MAX;
  }

  #flushStarted(): void {
    if (this.#isOver || this.#isFlushed) return;
    try {
      this.#flush();
    } catch (thrown) {
      this.end(toRefusal(thrown));
    }
  }

  #flush(): boolean {
    this.#isFlushed = true;
    this.#writeHead(this.#stream?.echoed === true);
    if (this.#gathered.length === 0) {
      this.#response.flushHeaders();
      return true;
    }
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    return this.#write(bytes);
  }

  #finishWhole(): void {
    const isEchoed = this.#stream?.echoed === true;
    const body =
      this.#gathered.length === 1 ? (this.#gathered[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#gathered);
    this.#isFlushed = true;
    const hasOldLength = this.#head?.length !== undefined && (!isEchoed || this.#keepsLength);
    this.#writeHead(isEchoed, hasOldLength ? undefined : body.length);
    if (body.length === 0) this.#response.end();
    // As text it goes out in one piece with the head, which costs less than the copy.
    else if (body.length <= ONE_WRITE_BYTES_MAX) this.#response.end(body.toString('latin1'), 'latin1');
    else this.#response.end(body);
  }

  #finishStream(trailers: readonly string[]): void {
    if (!this.#isFlushed) this.#flush();
    if (this.#gathered.length > 0) this.#response.write(Buffer.concat(this.#gathered));
    this.#gathered = [];
    if (trailers.length > 0) this.#response.addTrailers(pairs(trailers));
    this.#response.end();
  }

  /** `newLength` where the body is whole and its length is not the announced one. */
  #writeHead(isEchoed: boolean, newLength?: number): void {
    const head = this.#head;
    if (head === undefined || this.#response.headersSent || this.#response.destroyed) return;
    let headers = isEchoed ? withoutByteHeaders(head.headers, this.#keepsLength) : head.headers;
    // RFC 9110 §8.6: a client that believed it would wait for a body.
    if (head.status === 204) headers = withoutLength(headers);
    if (newLength !== undefined && mayHaveBody(head.status) && !this.#isHeadRequest) {
      headers.push('Content-Length', String(newLength));
    }
    this.#response.sendDate = false;
    headers.push('Alter-Request-Id', this.#requestId);
    this.#response.writeHead(head.status, head.statusText, headers);
  }

  /** Whether the length goes out before the body was seen. */
  get #keepsLength(): boolean {
    return (this.#head?.length ?? 0) > GATHER_BYTES_MAX;
  }

  #announcedLength(status: number, rawHeaders: readonly string[]): number | undefined {
    if (this.#isHeadRequest || !mayHaveBody(status)) return 0;
    const [text] = valuesOf(rawHeaders, 'content-length');
    return text === undefined ? undefined : Number(text);
  }

  #cleaned(rawHeaders: readonly string[]): string[] {
    return handedBackHeaders(rawHeaders, (name, value) => {
      // `[redacted]` is no header name.
      return this.#redact(name) === name ? this.#redact(value) : undefined;
    });
  }

  #flag(name: string): void {
    if (!this.#flags.includes(name)) this.#flags.push(name);
  }

  #redact(text: string): string {
    if (text.length < this.#matcher.textCharsMin) return text;
    const redacted = this.#matcher.redactText(text);
    if (redacted.echoed) this.#flag('secret_echoed');
    return redacted.text;
  }
}

function withoutLength(headers: readonly string[]): string[] {
  return headers.filter((_, i) => headers[i - (i % 2)]?.toLowerCase() !== 'content-length');
}

/** RFC 9110 §6.4.1. */
function mayHaveBody(status: number): boolean {
  return status !== 204 && status !== 304 && status >= 200;
}

function pairs(flat: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) out.push([flat[i] ?? '', flat[i + 1] ?? '']);
  return out;
}
