/**
 * The bytes of a request as they go out: head and framing are made here and nowhere else, whatever the caller sent
 * (R4, R12). What is no HTTP is refused before anything is dialled (R5, R6, R9). Must never repair.
 */
import { perName } from '../header-names.ts';
import { Refusal } from '../refusal.ts';
import type { EgressRequest } from './call.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Origin form in printable ASCII (RFC 9112 §3.2.1). */
const PATH = /^\/[\x21-\x7e]*$/;
/** RFC 9110 §5.5, one character per byte. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** R9: neither means anything to an API. */
const METHODS_REFUSED = new Set(['CONNECT', 'TRACE']);
/** RFC 9110 §8.6: an absent body is said to be empty, since one could be expected. */
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH']);
/** Made here or meaningless upstream (RFC 9110 §7.6.1, RFC 9112 §6). */
const HEADERS_MADE_HERE = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

/** What becomes of a header by its name: sent, left out, or refused with the request. */
const fateOf = perName((name) => {
  if (HEADERS_MADE_HERE.has(name.toLowerCase())) return 'made-here';
  return TOKEN.test(name) ? 'sent' : 'unsendable';
});

/** The head as text, one character per byte. @throws Refusal `invalid_request` */
export function headOf(request: EgressRequest): string {
  const { method, path, headers } = request;
  if (!TOKEN.test(method) || METHODS_REFUSED.has(method)) throw unsendable('method');
  if (!PATH.test(path) || (path.startsWith('//') && request.allowEmptySegments !== true))
    throw unsendable('path');
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${request.target.authority}\r\nconnection: keep-alive\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    const fate = fateOf(name);
    if (fate === 'made-here') continue;
    if (fate === 'unsendable' || !VALUE.test(value)) throw unsendable('header');
    head += `${name}: ${value}\r\n`;
  }
  return `${head}${framing(request)}\r\n`;
}

/** The body that is sent: none where the caller's is known to be empty. */
export function bodyOf({ body, contentLength }: EgressRequest): EgressRequest['body'] {
  const isEmpty = Buffer.isBuffer(body) ? body.length === 0 : contentLength === 0;
  return isEmpty ? null : body;
}

function framing(request: EgressRequest): string {
  const body = bodyOf(request);
  if (body === null) return METHODS_WITH_BODY.has(request.method) ? 'content-length: 0\r\n' : '';
  const length = Buffer.isBuffer(body) ? body.length : request.contentLength;
  return length === undefined ? 'transfer-encoding: chunked\r\n' : `content-length: ${length}\r\n`;
}

const unsendable = (detail: string): Refusal => new Refusal('invalid_request', { detail });
