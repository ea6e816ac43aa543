/**
 * How the text of a setting becomes its value. Pure and strict; a problem says what to write instead, and never repeats
 * a text that may hold a secret (I8).
 */
import { isIP } from 'node:net';
import { canonicalAddress, parseCidr } from './egress/address.ts';
import { nearest } from './nearest.ts';
import { Secret } from './vault/secret.ts';

/** What is wrong with the value of one setting, and what to do. */
export class Problem extends Error {}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const ROOT_KEY_BYTES = 32;
const MAX_PORT = 65_535;
const BOOTSTRAP_TOKEN = /^alter_pat_[A-Za-z0-9_-]{32,}$/;

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new Problem(`is not a whole number from ${min} to ${max}: write digits only.`);
  };
}

export function oneOf<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found !== undefined) return found;
    throw new Problem(`is none of ${values.join(', ')}: did you mean ${nearest(text, values)}?`);
  };
}

export function nonEmpty(text: string): string {
  if (!text.includes('\0')) return text;
  throw new Problem('holds a NUL character: remove it.');
}

export function parseHost(text: string): string {
  if (text === 'localhost' || isIP(text) !== 0) return text;
  throw new Problem(
    'is neither an IP address nor `localhost`: write the address to listen on, IPv6 without brackets.',
  );
}

export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Problem('is not an http or https URL: write an origin such as https://vault.example.com.');
  }
  if (
    url.username !== '' ||
    url.password !== '' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new Problem('is more than an origin: leave out user, path, query and fragment.');
  }
  if (url.protocol === 'http:' && !isLoopbackHost(withoutBrackets(url.hostname))) {
    throw new Problem('is http on a host that is not loopback: use https.');
  }
  return url.origin;
}

export function parseDatabaseUrl(text: string): Secret {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The value may hold a password, so it is never repeated (I8).
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Problem('is not a PostgreSQL URL: write postgresql://user:password@host:5432/database.');
  }
  return Secret.fromText(text);
}

export interface SmtpServer {
  /** Lower case, A-labels, IPv6 without brackets: also the name that its certificate must hold. */
  readonly host: string;
  readonly port: number;
  /** `smtps`; otherwise STARTTLS, without which nothing is sent. */
  readonly isTlsFromStart: boolean;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
}

const SMTP_PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;

export function parseSmtpUrl(text: string): SmtpServer {
  // The value may hold a password, so it is never repeated (I8).
  const problem = new Problem(
    'is not a mail server: write smtps://user:password@host:465, or smtp://… for STARTTLS; percent-encode special characters.',
  );
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) throw problem;
  const host = canonicalHost(url.hostname);
  if (host === undefined || !/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '')
    throw problem;
  if (url.port === '0' || (url.username === '' && url.password !== '')) throw problem;
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if (user === undefined || password === undefined) throw problem;
  return Object.freeze({
    host,
    port: url.port === '' ? SMTP_PORTS[url.protocol] : Number(url.port),
    isTlsFromStart: url.protocol === 'smtps:',
    user: user === '' ? undefined : user,
    password: password === '' ? undefined : Secret.fromText(password),
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const EMAIL_CHARS_MAX = 254;

/** One address, without a name. What is no address a mail server would refuse later, at each mail. */
export function parseEmailAddress(text: string): string {
  if (text.length <= EMAIL_CHARS_MAX && /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d-]+(?:\.[a-z\d-]+)+$/i.test(text))
    return text;
  throw new Problem('is not an e-mail address: write one such as vault@example.com.');
}

/** Compared with what the provider calls itself, character for character: never changed here. */
export function parseIssuer(text: string): string {
  const url = URL.parse(text);
  const isPlain = url !== null && url.protocol === 'https:' && url.username === '' && url.password === '';
  if (isPlain && url.search === '' && url.hash === '' && text.length <= ISSUER_CHARS_MAX) return text;
  throw new Problem('is not an issuer: write it as the provider does, https://…, without query or fragment.');
}

const ISSUER_CHARS_MAX = 512;

export function parseDomains(text: string): readonly string[] {
  const domains = text.split(',').map((domain) => domain.trim().toLowerCase());
  const named = domains.filter((domain) => domain !== '');
  if (named.every((domain) => /^[a-z\d-]+(?:\.[a-z\d-]+)+$/.test(domain))) return Object.freeze(named);
  throw new Problem('is not a list of domains: write example.com,example.org.');
}

export function parseShortName(text: string): string {
  if (text.length <= SHORT_NAME_CHARS_MAX && /^[^\p{C}]+$/u.test(text)) return text;
  throw new Problem(`is not a name: write at most ${SHORT_NAME_CHARS_MAX} characters that can be seen.`);
}

const SHORT_NAME_CHARS_MAX = 40;

/** RFC 6749 §3.3. */
export function parseScopes(text: string): readonly string[] {
  const scopes = text.split(' ').filter((scope) => scope !== '');
  const areScopes = scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope));
  if (areScopes && scopes.includes('openid')) return Object.freeze(scopes);
  throw new Problem('is not a list of scopes with openid: write openid email profile.');
}

export function parseRedisUrl(text: string): Secret {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The value may hold a password, so it is never repeated (I8).
  if (
    url === undefined ||
    !/^rediss?:$/.test(url.protocol) ||
    url.hostname === '' ||
    !/^(\/\d*)?$/.test(url.pathname) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new Problem(
      'is not a Redis URL: write rediss://user:password@host:6379 or redis://…, and a database number at most.',
    );
  }
  return Secret.fromText(text);
}

/** Strict: an encoding that says the same bytes in another way is refused, so that a cut key does not pass. */
export function parseRootKey(text: string): Secret {
  const bytes = Buffer.from(text, 'base64');
  const isWhole = bytes.length === ROOT_KEY_BYTES && bytes.toString('base64') === text;
  bytes.fill(0);
  if (isWhole) return Secret.fromText(text);
  throw new Problem('is not 32 bytes in base64: make one with `openssl rand -base64 32`.');
}

export function parseBootstrapToken(text: string): Secret {
  if (BOOTSTRAP_TOKEN.test(text)) return Secret.fromText(text);
  throw new Problem(
    'is not `alter_pat_` followed by at least 32 letters, digits, `_` or `-`: choose a longer random one.',
  );
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function parseCidrs(text: string): readonly string[] {
  const items = listOf(text);
  const bad = items.filter((item) => parseCidr(item) === undefined);
  if (bad.length === 0) return Object.freeze(items);
  throw new Problem(
    `has entries that are no network, or have host bits set: ${bad.join(', ')}. Write e.g. 10.0.0.0/8.`,
  );
}

export interface DialAddress {
  readonly address: string;
  readonly port: number;
}

const RESOLVE_ENTRY = /^(\[[0-9a-f:.]+\]|[^\s[\]:=]+):(\d{1,5})=(\[[0-9a-f:.]+\]|[0-9.]+):(\d{1,5})$/i;

/** From `host:port`, as a canonical URL has it, to the address that is dialled. */
export function parseResolve(text: string): ReadonlyMap<string, DialAddress> {
  const resolutions = new Map<string, DialAddress>();
  for (const item of listOf(text)) {
    const [, host = '', port = '', address = '', dialPort = ''] = RESOLVE_ENTRY.exec(item) ?? [];
    const name = canonicalHost(host);
    const dialled = canonicalAddress(withoutBrackets(address));
    if (name === undefined || dialled === undefined || !isPort(port) || !isPort(dialPort)) {
      throw new Problem(`has an entry that is not host:port=address:port: ${item}. IPv6 goes in brackets.`);
    }
    const key = `${name}:${Number(port)}`;
    if (resolutions.has(key)) throw new Problem(`names ${key} twice: keep one.`);
    resolutions.set(key, Object.freeze({ address: dialled, port: Number(dialPort) }));
  }
  return resolutions;
}

/** Lower case, A-labels, IPv6 without brackets: the spelling that a parsed target has. */
function canonicalHost(host: string): string | undefined {
  const url = `https://${host}/`;
  if (host === '' || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.username === '' && parsed.pathname === '/' && parsed.search === ''
    ? withoutBrackets(parsed.hostname)
    : undefined;
}

function isPort(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= MAX_PORT;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
