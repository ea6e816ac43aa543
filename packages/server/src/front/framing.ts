/**
 * What node:http lets through and a vault must not, on either plane: a request that two servers in a row could take
 * for two different ones (R11). Judges the head only, before anything else of it is read. Must never repair.
 */
import type { IncomingMessage } from 'node:http';
import { lowerName } from '../header-names.ts';
import { Refusal } from '../refusal.ts';
import type { CallerRequest } from './caller.ts';

export const HOST = /^[A-Za-z0-9.:[\]_-]+$/;
const HOST_BIT = 1;
/** Headers that a second server may take from the other end of the list: a bit each. */
const ONCE: ReadonlyMap<string, number> = new Map([
  ['host', HOST_BIT],
  ['authorization', 2],
  ['content-length', 4],
  ['content-type', 8],
  ['expect', 16],
  ['transfer-encoding', 32],
]);
/** CONNECT makes a tunnel and TRACE echoes credentials (R9). */
const METHODS_REFUSED = new Set(['CONNECT', 'TRACE', 'TRACK']);
/** RFC 9110 §9.3.1 f.: a body here means nothing, and some servers take it for the next request. */
export const BODYLESS = new Set(['GET', 'HEAD']);

/** After such a request nobody knows where the next one begins, so the connection is closed. */
const refuse = (path: string, message: string): Refusal =>
  new Refusal('invalid_request', { issues: [{ path, message }], headers: { Connection: 'close' } });

/** @throws Refusal */
export function checkFraming(request: IncomingMessage): void {
  const { rawHeaders, httpVersion, method = '', url = '' } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw refuse('version', 'must be HTTP/1.1');
  // Origin form (RFC 9112 §3.2.1). The other forms name an authority of their own beside Host.
  if (!/^\/(?![/\\])[^#\\]*$/.test(url))
    throw refuse('target', 'must be a path that begins with exactly one slash');
  checkHeaders(rawHeaders, httpVersion);
  const coding = request.headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion !== '1.1'))
    throw refuse('Transfer-Encoding', 'must be exactly "chunked", over HTTP/1.1');
  if (METHODS_REFUSED.has(method)) throw refuse('method', `${method} is not served`);
  if (BODYLESS.has(method) && hasBody(request))
    throw refuse('body', `a ${method} request must not have a body`);
}

/** Whether the request has a body: nothing is read to find out. */
export function hasBody(request: CallerRequest): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) > 0);
}

/** RFC 9112 §3.2, and what may stand there once. HTTP/1.0 came before Host, and health checks still speak it. */
function checkHeaders(rawHeaders: readonly string[], httpVersion: string): void {
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = lowerName(rawHeaders[i] ?? '');
    if (name === '__proto__') throw refuse('__proto__', 'is no header name');
    const bit = ONCE.get(name);
    if (bit === undefined) continue;
    if (bit === HOST_BIT && !HOST.test(rawHeaders[i + 1] ?? ''))
      throw refuse('Host', 'must be host or host:port');
    if ((seen & bit) !== 0) throw refuse(bit === HOST_BIT ? 'Host' : name, 'must be sent once');
    seen |= bit;
  }
  if ((seen & HOST_BIT) === 0 && httpVersion === '1.1') throw refuse('Host', 'must be sent once');
}
