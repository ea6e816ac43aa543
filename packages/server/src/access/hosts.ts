/**
 * Owns what `allowed_hosts` means (WIRE §5): reading an entry, matching a target, and whether one list allows more than
 * another. Pure. Must never match by suffix of text: names are compared label by label (S13).
 *
 * An entry means https. Plain http is meant by `http://host:port`, and also, beside https, by a bare literal loopback
 * address with a port (`127.0.0.1:9000`); both can be stored only while ALTER_EGRESS_ALLOW names private networks, and
 * egress dials plain http only inside those.
 */
import type { CredentialType } from '@alter-vault/contract';
import { getDomain } from 'tldts';
import { type AddressPolicy, isInsideAllowed, isLoopback, judgeAddress } from '../egress/address.ts';
import { canonicalHost, formatAuthority, parsePort, type Target } from '../path/target.ts';

type Scheme = Target['scheme'];

/** What matching looks at. */
export type HostTarget = Pick<Target, 'scheme' | 'host' | 'port' | 'origin'>;

export interface HostPattern {
  /** The entry in its canonical spelling: what is stored and shown. */
  readonly text: string;
  /** `exact` name or address, `one` label below `host`, `many` (one or more) labels below it, or `any` https host. */
  readonly reach: 'exact' | 'one' | 'many' | 'any';
  readonly host: string;
  readonly port: number;
  readonly schemes: readonly Scheme[];
}

export interface HostPatternContext {
  readonly credentialType: CredentialType;
  /** Whether a template of the catalogue wrote the entry. */
  readonly pinnedByTemplate: boolean;
  /** The networks of ALTER_EGRESS_ALLOW. */
  readonly egressAllow: AddressPolicy;
  readonly allowAnyHost: boolean;
}

const ENTRY = /^(http:\/\/)?(\*\*?\.)?(\[[0-9a-f:.]+\]|[^:/?#@[\]\\*\s]+)(?::([0-9]+))?$/i;
const HTTPS: readonly Scheme[] = ['https'];
const HTTP: readonly Scheme[] = ['http'];
const BOTH: readonly Scheme[] = ['https', 'http'];

/** An entry of `allowed_hosts` that may be stored, or the sentence that says why it may not. */
export function parseHostPattern(text: string, context: HostPatternContext): HostPattern | string {
  const pattern = readHostPattern(text);
  if (typeof pattern === 'string') return pattern;
  return objection(pattern, context) ?? pattern;
}

/** Whether one of the entries allows the target. */
export function matchesHost(patterns: readonly HostPattern[], target: HostTarget): boolean {
  return patterns.some((pattern) => matches(pattern, target));
}

export interface CompiledHosts {
  matches(target: HostTarget): boolean;
}

/**
 * Stored entries, ready for the data path: exact ones in a set, the others tried in turn. An entry that can't be read
 * allows nothing.
 */
export function compileHosts(entries: readonly string[]): CompiledHosts {
  const origins = new Set<string>();
  const others: HostPattern[] = [];
  for (const pattern of entries.map(readHostPattern)) {
    if (typeof pattern === 'string') continue;
    if (pattern.reach !== 'exact') others.push(pattern);
    else
      for (const scheme of pattern.schemes)
        origins.add(`${scheme}://${formatAuthority(scheme, pattern.host, pattern.port)}`);
  }
  return { matches: (target) => origins.has(target.origin) || matchesHost(others, target) };
}

/**
 * Whether `after` allows anything that no single entry of `before` allowed. Errs towards yes: then the credential is
 * asked for again (WIRE §4).
 */
export function isWidening(before: readonly string[], after: readonly string[]): boolean {
  const had = before.map(readHostPattern).filter((pattern) => typeof pattern !== 'string');
  return after
    .map(readHostPattern)
    .some((pattern) => typeof pattern === 'string' || !had.some((one) => covers(one, pattern)));
}

/** The entry by its form alone, without asking whether it may be stored. */
export function readHostPattern(text: string): HostPattern | string {
  if (text === '*') return { text, reach: 'any', host: '', port: 443, schemes: HTTPS };
  if (/[^\x21-\x7e]/.test(text))
    return `${JSON.stringify(text)} is not ASCII; write an international name in its xn-- form.`;
  const match = ENTRY.exec(text);
  if (match === null) return `${text} is not host, host:port, *.domain, **.domain or http://host:port.`;
  const [, plain, star, hostText = '', portText] = match;
  const found = canonicalHost(hostText);
  if (found === undefined) return `${text} does not hold a host in its canonical form.`;
  if (star !== undefined && found.isIpLiteral) return `${text} is a wildcard over an address.`;
  if (plain !== undefined && (star !== undefined || portText === undefined))
    return `${text} must be http://host:port, with one host and a port.`;
  const port = portText === undefined ? 443 : parsePort(portText);
  if (port === undefined) return `${text} has a port that is not 1 to 65535 without leading zeros.`;
  const isBareLoopback = plain === undefined && portText !== undefined && isLoopback(found.host);
  const schemes = plain !== undefined ? HTTP : isBareLoopback ? BOTH : HTTPS;
  return {
    text: canonicalText(schemes, star ?? '', found.host, port),
    reach: star === undefined ? 'exact' : star === '*.' ? 'one' : 'many',
    host: found.host,
    port,
    schemes,
  };
}

/** Where plain http is meant the port stays even when it is the default one: without it the entry would mean less. */
function canonicalText(schemes: readonly Scheme[], star: string, host: string, port: number): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  if (schemes === HTTP) return `http://${bracketed}:${port}`;
  if (schemes === BOTH) return `${bracketed}:${port}`;
  return `${star}${formatAuthority('https', host, port)}`;
}

/** Why an entry that is well-formed may still not be stored. */
function objection(pattern: HostPattern, context: HostPatternContext): string | undefined {
  const { text, reach, host, schemes } = pattern;
  if (reach === 'any') return context.allowAnyHost ? undefined : 'The entry * needs allow_any_host.';
  if (reach !== 'exact')
    return isAtOrAbovePublicSuffix(host, context)
      ? `${text} is at or above a public suffix, under which anybody can register.`
      : undefined;
  const isLiteral = canonicalHost(host.includes(':') ? `[${host}]` : host)?.isIpLiteral === true;
  if (isLiteral && judgeAddress(host, context.egressAllow) !== 'ok')
    return `${text} is an address that is private, reserved or otherwise never dialled; ALTER_EGRESS_ALLOW can open private networks.`;
  if (!schemes.includes('http')) return undefined;
  if (isLiteral && !isInsideAllowed(host, context.egressAllow))
    return `${text} means plain http, which is possible only inside ALTER_EGRESS_ALLOW.`;
  // The addresses of a name are known at the call only; egress then dials it only inside the allowed networks.
  return context.egressAllow.allow.length > 0
    ? undefined
    : `${text} means plain http, which is possible only inside ALTER_EGRESS_ALLOW.`;
}

/**
 * Private suffixes (github.io, s3.amazonaws.com) count unless the credential is AWS's or a template pinned the domain:
 * there the domain's owner is who the credential is for.
 */
function isAtOrAbovePublicSuffix(domain: string, context: HostPatternContext): boolean {
  const allowPrivateDomains = context.credentialType !== 'aws_sigv4' && !context.pinnedByTemplate;
  return getDomain(domain, { allowPrivateDomains, extractHostname: false, validateHostname: false }) === null;
}

function matches(pattern: HostPattern, target: HostTarget): boolean {
  if (!pattern.schemes.includes(target.scheme)) return false;
  if (pattern.reach === 'any') return true;
  return pattern.port === target.port && reaches(pattern, target.host);
}

/** Whether a host is meant, whatever its port and scheme. */
export function reaches(pattern: HostPattern, host: string): boolean {
  if (pattern.reach === 'any') return true;
  if (pattern.reach === 'exact') return host === pattern.host;
  if (!host.endsWith(`.${pattern.host}`)) return false;
  const below = host.slice(0, -pattern.host.length - 1);
  return below !== '' && (pattern.reach === 'many' || !below.includes('.'));
}

/** Whether everything that `narrow` allows is allowed by `wide`. */
function covers(wide: HostPattern, narrow: HostPattern): boolean {
  if (!narrow.schemes.every((scheme) => wide.schemes.includes(scheme))) return false;
  if (wide.reach === 'any') return true;
  if (narrow.reach === 'any' || wide.port !== narrow.port) return false;
  if (narrow.reach === 'exact') return reaches(wide, narrow.host);
  if (wide.reach === 'many') return narrow.host === wide.host || reaches(wide, narrow.host);
  return wide.reach === 'one' && narrow.reach === 'one' && wide.host === narrow.host;
}
