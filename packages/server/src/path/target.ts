/**
 * Owns the parse of a target URL: the one place where text becomes the scheme, host, port, path and query that policy,
 * signature, wire and audit all use (lesson 2). Must never decode, guess or repair: what two parsers could read
 * differently is refused (S3, S10–S12, S14, WIRE §9).
 */
import { isIPv4 } from 'node:net';
import { Refusal } from '../refusal.ts';

export interface Target {
  readonly scheme: 'https' | 'http';
  /** Lower-case A-labels, dotted IPv4, or IPv6 without brackets. */
  readonly host: string;
  readonly isIpLiteral: boolean;
  readonly port: number;
  /** `host[:port]` as in the Host header: default port dropped, IPv6 in brackets. */
  readonly authority: string;
  /** `scheme://authority`. */
  readonly origin: string;
  /** Normalised as the URL standard says: what is sent and judged. Begins with one slash. */
  readonly path: string;
  /** As the caller wrote it (`/` when there was none). S3 keys such as `a/../b` exist only in this form. */
  readonly rawPath: string;
  /** As the caller wrote it, without `?`. */
  readonly query: string;
  readonly hasQuery: boolean;
  /** `origin`, `path` and query in one. */
  readonly url: string;
}

export interface TargetOptions {
  /** Which field of the request a refusal names. */
  readonly field?: string;
  /**
   * Accept a path that begins with `//` (S3 keys may). Otherwise it is refused: as a relative reference it would
   * name another host (R5, S14).
   */
  readonly allowEmptySegments?: boolean;
}

export interface CanonicalHost {
  readonly host: string;
  readonly isIpLiteral: boolean;
}

/** Longest target in characters; node:http gives all headers of a request 16 KiB together. */
const URL_CHARS_MAX = 16_384;
/** RFC 1035 §2.3.4, without the trailing dot. */
const HOST_CHARS_MAX = 253;
const DEFAULT_PORTS = { https: 443, http: 80 } as const;

const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const FORM = /^(https?):\/\/([^/?#\\]+)([^?]*)(\?.*)?$/i;
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^:@[\]]+)(?::([0-9]+))?$/i;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const PORT = /^[1-9][0-9]{0,4}$/;
/** What the URL standard leaves as it is: unreserved characters, and no segment that begins with a dot. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\/?$/;
const ENCODED_CONTROL = /%(?:[01][0-9a-f]|7f)/i;

/** The target of a call, or `invalid_request` saying what is wrong with it. */
export function parseTarget(raw: string, options: TargetOptions = {}): Target {
  const known = targets.get(raw);
  // What may begin with // for one may not for another.
  if (known !== undefined && !known.path.startsWith('//')) return known;
  const target = parseAnew(raw, options);
  if (target.hasQuery || raw.length > KNOWN_CHARS_MAX) return target;
  if (targets.size >= TARGETS_MAX) targets.clear();
  targets.set(raw, target);
  return target;
}

/** Targets without a query that are called again and again; what is refused is not remembered. */
const TARGETS_MAX = 1000;
const KNOWN_CHARS_MAX = 512;
const targets = new Map<string, Target>();

function parseAnew(raw: string, options: TargetOptions): Target {
  const field = options.field ?? 'Alter-Url';
  if (raw.length > URL_CHARS_MAX) refuse(field, `is longer than ${URL_CHARS_MAX} characters`);
  if (!PRINTABLE_ASCII.test(raw))
    refuse(field, 'must be printable ASCII without spaces; percent-encode anything else');
  if (raw.includes('#')) refuse(field, 'must not have a fragment');
  const match = FORM.exec(raw);
  if (match === null) refuse(field, 'must be an absolute https:// or http:// URL');
  const [, schemeText = '', authorityText = '', rawPath = '', search = ''] = match;
  const scheme = schemeText.toLowerCase() === 'https' ? 'https' : 'http';
  const { host, isIpLiteral, port } = parseAuthority(authorityText, scheme, field);
  const authority = formatAuthority(scheme, host, port);
  const origin = `${scheme}://${authority}`;
  const path = normalisePath(origin, rawPath, field);
  if (path.startsWith('//') && options.allowEmptySegments !== true)
    refuse(field, 'must not have a path that begins with //');
  return Object.freeze({
    scheme,
    host,
    isIpLiteral,
    port,
    authority,
    origin,
    path,
    rawPath: rawPath === '' ? '/' : rawPath,
    query: search.slice(1),
    hasQuery: search !== '',
    url: `${origin}${path}${search}`,
  });
}

/**
 * A host in its canonical form, or undefined when the text is not canonical apart from letter case. IPv6 is given
 * in brackets. The URL parser of the runtime must agree letter by letter (S11), and the label rules on top make the
 * verdict the same on every version of it.
 */
export function canonicalHost(text: string): CanonicalHost | undefined {
  let known = hosts.get(text);
  if (known === undefined) {
    known = findCanonicalHost(text);
    if (known === undefined) return undefined;
    if (hosts.size >= HOSTS_MAX) hosts.clear();
    hosts.set(text, known);
  }
  return known;
}

/** The few hosts that are called again and again; what is refused is not remembered. */
const HOSTS_MAX = 1000;
const hosts = new Map<string, CanonicalHost>();

function findCanonicalHost(text: string): CanonicalHost | undefined {
  const host = text.toLowerCase();
  const parsed = URL.parse(`https://${host}/`);
  if (parsed === null || parsed.hostname !== host) return undefined;
  if (host.startsWith('[')) return { host: host.slice(1, -1), isIpLiteral: true };
  if (isIPv4(host)) return { host, isIpLiteral: true };
  if (host.length > HOST_CHARS_MAX || !host.split('.').every((label) => LABEL.test(label))) return undefined;
  return { host, isIpLiteral: false };
}

/** A port without leading zeros, 1–65535; undefined for any other text. */
export function parsePort(text: string): number | undefined {
  const port = Number(text);
  return PORT.test(text) && port <= 65_535 ? port : undefined;
}

/** `host[:port]` with the scheme's default port dropped and IPv6 in brackets. */
export function formatAuthority(scheme: 'https' | 'http', host: string, port: number): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === DEFAULT_PORTS[scheme] ? bracketed : `${bracketed}:${port}`;
}

function parseAuthority(
  text: string,
  scheme: 'https' | 'http',
  field: string,
): CanonicalHost & { readonly port: number } {
  if (text.includes('@')) refuse(field, 'must not have user info');
  const match = AUTHORITY.exec(text);
  const found = match === null ? undefined : canonicalHost(match[1] ?? '');
  if (match === null || found === undefined) {
    refuse(
      field,
      'has a host that is not in its canonical form (lower-case ASCII name, dotted IPv4, shortest IPv6)',
    );
  }
  const port = match[2] === undefined ? DEFAULT_PORTS[scheme] : parsePort(match[2]);
  if (port === undefined) refuse(field, 'has a port that is not 1 to 65535 without leading zeros');
  return { ...found, port };
}

/** The path that the URL standard makes of it, on an origin that it can't leave (S14). */
function normalisePath(origin: string, rawPath: string, field: string): string {
  if (PLAIN_PATH.test(rawPath)) return rawPath;
  if (rawPath.includes('\\')) refuse(field, 'must not have a backslash in its path');
  if (ENCODED_CONTROL.test(rawPath)) refuse(field, 'must not have encoded control characters in its path');
  const parsed = URL.parse(origin + rawPath);
  if (parsed === null || parsed.origin !== origin || parsed.search !== '' || parsed.hash !== '') {
    refuse(field, 'is ambiguous');
  }
  return parsed.pathname;
}

function refuse(field: string, problem: string): never {
  throw new Refusal('invalid_request', { issues: [{ path: field, message: `${field} ${problem}.` }] });
}
