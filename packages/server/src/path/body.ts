/**
 * The caller's body on its way in: streamed, or gathered when it is small, or held whole when it must be signed.
 * Counts what came, waits for no more than the idle deadline, and reads nothing before the call was authorised.
 */
import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import type { CallerRequest, CallerResponse } from '../front/caller.ts';
import { hasBody } from '../front/framing.ts';
import { BROKEN_BODY, LATE_BODY, PlainRequest } from '../front/plain-request.ts';
import { Refusal } from '../refusal.ts';

/** Up to here a body of known length is gathered and sent at once: one write costs less than a stream. */
export const GATHER_BYTES_MAX = 64 * 1024;

export interface CallerBody {
  readonly body: Buffer | Readable | null;
  readonly contentLength: number | undefined;
  /** Bytes read so far. */
  bytes(): number;
}

const NO_BODY: CallerBody = { body: null, contentLength: undefined, bytes: () => 0 };

export function announcedLength(request: CallerRequest): number | undefined {
  const text = request.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

/** Asks for the body, where the caller waits to be asked. */
export function askForBody(request: CallerRequest, response: CallerResponse): void {
  if (/100-continue/i.test(request.headers.expect ?? '')) response.writeContinue?.();
}

/** Gathered when it is known to be small, streamed otherwise. */
export function openBody(request: CallerRequest, idleMs: number): CallerBody | Promise<CallerBody> {
  if (!hasBody(request)) return NO_BODY;
  if (request instanceof PlainRequest) return onceWhole(request.body(idleMs));
  const length = announcedLength(request);
  if (length === undefined || length > GATHER_BYTES_MAX) return streamBody(request, length, idleMs);
  return onceWhole(takeArrived(request, length) ?? readStream(request, length, idleMs));
}

function onceWhole(body: Buffer | Promise<Buffer>): CallerBody | Promise<CallerBody> {
  return body instanceof Promise ? body.then(wholeBody) : wholeBody(body);
}

/** The whole body in memory. @throws Refusal `payload_too_large` */
export async function holdBody(
  request: CallerRequest,
  bytesMax: number,
  idleMs: number,
): Promise<CallerBody> {
  if (!hasBody(request)) return NO_BODY;
  if ((announcedLength(request) ?? 0) > bytesMax) throw tooLarge(bytesMax);
  return wholeBody(await readBody(request, bytesMax, idleMs));
}

/** A small body has mostly come, whole, by the time that the call was authorised: then nothing has to be waited for. */
function takeArrived(request: IncomingMessage, length: number): Buffer | undefined {
  if (!request.complete || request.readableLength !== length || request.readableFlowing !== null)
    return undefined;
  const chunks: Buffer[] = [];
  for (let chunk: unknown = request.read(); Buffer.isBuffer(chunk); chunk = request.read())
    chunks.push(chunk);
  return joined(chunks);
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
}

function wholeBody(body: Buffer): CallerBody {
  return { body, contentLength: body.length, bytes: () => body.length };
}

function streamBody(request: IncomingMessage, contentLength: number | undefined, idleMs: number): CallerBody {
  let bytes = 0;
  // A stream of its own, so that an upstream that fails does not tear down the connection the refusal is answered on.
  const body = new PassThrough({ highWaterMark: GATHER_BYTES_MAX });
  // The caller's deadline: while the upstream does not take more, it is not the caller who is waited for.
  let idle: NodeJS.Timeout | undefined;
  const waitForCaller = (): void => {
    clearTimeout(idle);
    if (body.destroyed || request.complete) return;
    idle = setTimeout(
      () => body.destroy(new Refusal('invalid_request', { message: LATE_BODY })),
      idleMs,
    ).unref();
  };
  waitForCaller();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    waitForCaller();
    // Once the upstream has answered without reading on, the rest is read and dropped, so that the caller can finish.
    if (body.destroyed || body.write(chunk)) return;
    request.pause();
    clearTimeout(idle);
  });
  body.on('drain', () => {
    waitForCaller();
    request.resume();
  });
  request.on('end', () => {
    clearTimeout(idle);
    body.end();
  });
  request.on('error', (error) => body.destroy(error));
  request.on('close', () => {
    if (!request.complete) body.destroy(new Error('the caller went away'));
  });
  body.on('close', () => {
    clearTimeout(idle);
    request.resume();
  });
  body.on('error', () => undefined);
  return { body, contentLength, bytes: () => bytes };
}

/** @throws Refusal `payload_too_large`, or `invalid_request` when the caller stops sending */
export async function readBody(request: CallerRequest, bytesMax: number, idleMs: number): Promise<Buffer> {
  if (!(request instanceof PlainRequest)) return readStream(request, bytesMax, idleMs);
  if ((announcedLength(request) ?? 0) > bytesMax) throw tooLarge(bytesMax);
  return request.body(idleMs);
}

function readStream(request: IncomingMessage, bytesMax: number, idleMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => fail(new Refusal('invalid_request', { message: LATE_BODY })), idleMs);
    const fail = (refusal: Refusal): void => {
      clearTimeout(timer);
      request.off('data', take);
      request.resume();
      reject(refusal);
    };
    const take = (chunk: Buffer): void => {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > bytesMax) fail(tooLarge(bytesMax));
      else chunks.push(chunk);
    };
    request.on('data', take);
    request.once('end', () => {
      clearTimeout(timer);
      resolve(joined(chunks));
    });
    const closed = (): void => {
      if (request.complete) return;
      fail(new Refusal('invalid_request', { message: BROKEN_BODY }));
    };
    // The caller may have gone while the call was being decided: then no event comes any more.
    if (request.closed) closed();
    else request.once('close', closed);
  });
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal('payload_too_large', {
    message: `The body is larger than ${bytesMax} bytes, the most that is kept whole.`,
    hint: 'Send less at once, or have ALTER_HELD_BODY_BYTES_MAX raised.',
  });
}
