/**
 * Owns the step from a host to the addresses that may be dialled for it: resolves once, judges every answer, and hands
 * out judged addresses only. Must never hand out part of an answer: one bad address refuses all of it (S6).
 */
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Refusal } from '../refusal.ts';
import {
  type AddressPolicy,
  canonicalAddress,
  isInsideAllowed,
  isLoopback,
  isMetadataName,
  judgeAddress,
  parseAddressPolicy,
} from './address.ts';

export interface EgressTarget {
  readonly scheme: 'https' | 'http';
  /** As in `Target`: IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly authority: string;
  /** `scheme://authority`. */
  readonly origin: string;
}

/** Where to dial: judged addresses, in the order to try. */
export interface Dialable {
  readonly addresses: readonly string[];
  readonly port: number;
}

/** All addresses of a name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export interface ResolverSettings {
  /** CIDRs of ALTER_EGRESS_ALLOW. */
  readonly allow: readonly string[];
  /** `host:port` → where it is dialled instead of asking DNS (ALTER_EGRESS_RESOLVE). */
  readonly resolve: ReadonlyMap<string, { readonly address: string; readonly port: number }>;
  /** In place of the system's resolver. */
  readonly lookup?: Lookup;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** An answer with more addresses than this is cut: nobody dials that many. All of them are judged all the same. */
const ADDRESSES_MAX = 8;
const WILDCARD_ADDRESSES = new Set(['0.0.0.0', '::']);

export class Resolver {
  readonly #policy: AddressPolicy;
  readonly #pins: ResolverSettings['resolve'];
  readonly #lookup: Lookup;
  readonly #underWay = new Map<string, Promise<readonly string[]>>();
  #own: readonly Endpoint[] = [];

  constructor(settings: ResolverSettings) {
    this.#policy = parseAddressPolicy(settings.allow);
    this.#pins = settings.resolve;
    this.#lookup = settings.lookup ?? lookupBySystem;
  }

  /** S15: from now on these `host:port` are refused. A wildcard address stands for every address of this machine. */
  blockOwn(endpoints: readonly string[]): void {
    this.#own = [...this.#own, ...endpoints.flatMap(expandEndpoint)];
  }

  /** Whether the target is resolved at all, so that its answer can change. */
  isFixed(target: EgressTarget): boolean {
    return isIP(target.host) !== 0 || this.#pins.has(`${target.host}:${target.port}`);
  }

  /** `egress_denied` for a name that is never resolved; without I/O, so that it holds on warm connections too (S8). */
  judgeName(target: EgressTarget): void {
    if (isMetadataName(target.host)) deny('metadata service by name');
    if (this.#isOwn(target.host, target.port)) deny('an endpoint of the vault itself');
  }

  /** The addresses to dial, every one of them judged; `egress_denied` or `upstream_unreachable` otherwise. */
  async resolve(target: EgressTarget): Promise<Dialable> {
    this.judgeName(target);
    const pin = this.#pins.get(`${target.host}:${target.port}`);
    const port = pin?.port ?? target.port;
    const answer = pin
      ? [pin.address]
      : isIP(target.host) !== 0
        ? [target.host]
        : await this.#ask(target.host);
    if (answer.length === 0) deny('the name has no address');
    for (const address of answer) this.#judge(address, port, target.scheme);
    return { addresses: interleaveFamilies(answer).slice(0, ADDRESSES_MAX), port };
  }

  #judge(address: string, port: number, scheme: 'https' | 'http'): void {
    const verdict = judgeAddress(address, this.#policy);
    if (verdict !== 'ok') deny(`${address}: ${verdict}`);
    // Plain http would carry a credential in clear; it is possible only inside networks that the operator named (WIRE §5).
    if (scheme === 'http' && !isInsideAllowed(address, this.#policy))
      deny(`${address}: plain http outside ALTER_EGRESS_ALLOW`);
    if (this.#isOwn(canonicalAddress(address) ?? address, port))
      deny(`${address}:${port}: an endpoint of the vault itself`);
  }

  #isOwn(host: string, port: number): boolean {
    return this.#own.some(
      (own) => own.port === port && (own.host === host || (own.host === '*' && isLoopback(host))),
    );
  }

  /** One question at a time for each name: a burst of new connections shares the answer that it waits for. */
  #ask(host: string): Promise<readonly string[]> {
    const underWay = this.#underWay.get(host);
    if (underWay !== undefined) return underWay;
    const asked = this.#lookup(host)
      .catch((cause: unknown) => {
        throw new Refusal('upstream_unreachable', { detail: `name resolution failed for ${host}`, cause });
      })
      .finally(() => this.#underWay.delete(host));
    this.#underWay.set(host, asked);
    return asked;
  }
}

/** The system's resolver rather than DNS itself: names in its hosts file are the operator's too. */
async function lookupBySystem(host: string): Promise<readonly string[]> {
  const answers = await systemLookup(host, { all: true, order: 'verbatim' });
  return answers.map((answer) => answer.address);
}

function deny(detail: string): never {
  throw new Refusal('egress_denied', { detail });
}

/** `host:port` as names or canonical addresses; `*` with a port stands for any loopback address. */
function expandEndpoint(endpoint: string): Endpoint[] {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint
    .slice(0, colon)
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
  const port = Number(endpoint.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`not host:port: ${endpoint}`);
  if (host === 'localhost') return ['localhost', '*'].map((name) => ({ host: name, port }));
  if (!WILDCARD_ADDRESSES.has(host)) return [{ host: canonicalAddress(host) ?? host, port }];
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const addresses = interfaces.map(({ address }) => canonicalAddress(address) ?? address);
  return ['localhost', '*', ...addresses].map((name) => ({ host: name, port }));
}

/** RFC 8305 §4: alternate the families, beginning with that of the first answer. */
function interleaveFamilies(addresses: readonly string[]): string[] {
  const first = addresses.filter((address) => isIP(address) === isIP(addresses[0] ?? ''));
  const second = addresses.filter((address) => !first.includes(address));
  const length = Math.max(first.length, second.length);
  return Array.from({ length }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((address) => address !== undefined);
}
