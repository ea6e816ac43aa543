/**
 * The canonical request of AWS Signature Version 4, from the request as it is sent: raw path, raw query, raw headers,
 * all binary strings (one character per byte). Pure text work: knows no key and no clock.
 */
import { percentDecode, percentEncode, UNRESERVED, UNRESERVED_AND_SLASH } from './uri.ts';

/** The request as it goes on the wire, with nothing decoded. */
export interface SignableRequest {
  readonly method: string;
  readonly scheme: 'https' | 'http';
  /** `host` or `host:port`. */
  readonly authority: string;
  /** Starts with `/`; no query. */
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
  /** name, value, name, value … A `host` among them is ignored: the authority counts. */
  readonly headers: readonly string[];
}

export interface PathStyle {
  /** Every service but S3 encodes the path that is sent a second time. */
  readonly encodesTwice: boolean;
  /** Every service but S3 removes dot segments and empty segments first (RFC 3986 section 5.2.4). */
  readonly normalizes: boolean;
}

export interface CanonicalHeaders {
  /** `name:value\n` for each, sorted. */
  readonly lines: string;
  /** `host;x-amz-date;…` */
  readonly names: string;
}

/** The host that is signed: the default port of the scheme is never in the Host header that is sent. */
export function signedHost(request: Pick<SignableRequest, 'authority' | 'scheme'>): string {
  const defaultPort = request.scheme === 'https' ? ':443' : ':80';
  const authority = request.authority.toLowerCase();
  return authority.endsWith(defaultPort) ? authority.slice(0, -defaultPort.length) : authority;
}

export function canonicalPath(path: string, style: PathStyle): string {
  const chosen = style.normalizes ? normalizedPath(path) : path;
  if (style.encodesTwice) return percentEncode(chosen, UNRESERVED_AND_SLASH) || '/';
  // S3 decodes what it got and encodes it anew, each segment for itself: `(` counts as `%28`, and `%2F` stays.
  return chosen.split('/').map(recode).join('/') || '/';
}

function normalizedPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  // As AWS's own signers do it: a path that ends in `..` has no slash at its end.
  const isDirectory = kept.length > 0 && path.endsWith('/');
  return `/${kept.join('/')}${isDirectory ? '/' : ''}`;
}

function recode(binary: string): string {
  return percentEncode(percentDecode(binary), UNRESERVED);
}

/** Sorted by encoded name, then by encoded value, byte by byte. A `+` means a space to AWS in a query. */
export function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs: (readonly [string, string])[] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = equals === -1 ? piece : piece.slice(0, equals);
    const value = equals === -1 ? '' : piece.slice(equals + 1);
    pairs.push([recodeQuery(name), recodeQuery(value)]);
  }
  pairs.sort(byNameThenValue);
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function recodeQuery(binary: string): string {
  return recode(binary.includes('+') ? binary.split('+').join('%20') : binary);
}

function byNameThenValue(left: readonly [string, string], right: readonly [string, string]): number {
  if (left[0] !== right[0]) return left[0] < right[0] ? -1 : 1;
  if (left[1] === right[1]) return 0;
  return left[1] < right[1] ? -1 : 1;
}

/** The headers for which `isSigned` holds, and always `host`. Repeated headers become one, in the order that they came. */
export function canonicalHeaders(
  request: SignableRequest,
  isSigned: (lowerCaseName: string) => boolean,
): CanonicalHeaders {
  const values = new Map<string, string>([['host', signedHost(request)]]);
  for (let at = 0; at + 1 < request.headers.length; at += 2) {
    const name = (request.headers[at] ?? '').toLowerCase();
    if (name === 'host' || !isSigned(name)) continue;
    const value = collapsed(request.headers[at + 1] ?? '');
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  const names = [...values.keys()].toSorted();
  let lines = '';
  for (const name of names) lines += `${name}:${values.get(name) ?? ''}\n`;
  return { lines, names: names.join(';') };
}

/** Outer white space away, inner runs of it to one space, inside quotes too. */
function collapsed(value: string): string {
  return /^[ \t\r\n]|[ \t\r\n]$|[ \t\r\n]{2}|[\t\r\n]/.test(value)
    ? value
        .split(/[ \t\r\n]+/)
        .filter((word) => word !== '')
        .join(' ')
    : value;
}
