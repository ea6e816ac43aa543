/**
 * Client addresses: CIDR lists and who is behind a trusted proxy (A7, A8). Pure.
 * An IPv4 address mapped into IPv6 is its IPv4.
 */
import { parseAddress, parseCidr, type Network } from '@alter-vault/contract/networks';

export interface AddressList {
  has(ip: string): boolean;
}

/** The canonical text of an address, or undefined when it is none. */
export function canonicalAddress(text: string): string | undefined {
  return parseAddress(text)?.toString();
}

/** RFC 6177: a site gets a /64 at the least, so one machine may come from any address of it. */
const SITE_GROUPS = 4;

/** What one guesser may have all addresses of: an IPv4 address, or the /64 of one of IPv6. */
export function guesserNetwork(ip: string): string {
  const address = parseAddress(ip);
  if (address === undefined || address.kind() === 'ipv4') return ip;
  const groups = address.toByteArray().slice(0, 2 * SITE_GROUPS);
  return `${Buffer.from(groups).toString('hex')}::/64`;
}

/** Peers come again and again. */
const PEERS_MAX = 1000;
const peers = new Map<string, string>();

/** The canonical text of an address that is seen again and again; what is none stays as it is. */
function canonicalPeer(peer: string): string {
  let canonical = peers.get(peer);
  if (canonical === undefined) {
    canonical = canonicalAddress(peer) ?? peer;
    if (peers.size >= PEERS_MAX) peers.clear();
    peers.set(peer, canonical);
  }
  return canonical;
}

function getCidr(text: string): Network {
  const range = parseCidr(text);
  if (range === undefined) throw new RangeError(`not a CIDR: ${text}`);
  return range;
}

/** @throws RangeError for what `cidrProblem` finds fault with */
export function compileAddressList(cidrs: readonly string[]): AddressList {
  const ranges = cidrs.map(getCidr);
  const isListed = (ip: string): boolean => {
    const address = parseAddress(ip);
    return address !== undefined && ranges.some(([network, bits]) => contains(network, bits, address));
  };
  const known = new Map<string, boolean>();
  return {
    has(ip) {
      let answer = known.get(ip);
      if (answer === undefined) {
        answer = isListed(ip);
        if (known.size >= PEERS_MAX) known.clear();
        known.set(ip, answer);
      }
      return answer;
    },
  };
}

/**
 * Whether one network of `wide` holds each network of `narrow`. Halves that only together hold one don't count: the
 * answer is then no, which calls a change wider than it is.
 * @throws RangeError like `compileAddressList`
 */
export function cidrsCover(wide: readonly string[], narrow: readonly string[]): boolean {
  const ranges = wide.map(getCidr);
  return narrow
    .map(getCidr)
    .every(([inner, innerBits]) =>
      ranges.some(([outer, bits]) => bits <= innerBits && contains(outer, bits, inner)),
    );
}

function contains(network: Network[0], bits: number, address: Network[0]): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

/**
 * The client's address: that of the connection or, through trusted proxies, the first untrusted one of
 * X-Forwarded-For from the right (WIRE §6, A7). Anything unreadable there ends the walk at the last trusted hop.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusted: AddressList | undefined,
): string {
  let address = canonicalPeer(peer);
  if (trusted === undefined || forwardedFor === undefined) return address;
  const hops = forwardedFor.split(',');
  while (trusted.has(address) && hops.length > 0) {
    const next = canonicalAddress((hops.pop() ?? '').trim());
    if (next === undefined) return address;
    address = next;
  }
  return address;
}
