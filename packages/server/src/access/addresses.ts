/**
 * Client addresses: CIDR lists and who is behind a trusted proxy (A7, A8). Pure.
 * An IPv4 address mapped into IPv6 is its IPv4.
 */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

export interface AddressList {
  has(ip: string): boolean;
}

const IPV4_DOTTED = /^\d{1,3}(\.\d{1,3}){3}$/;

function parseAddress(text: string): Address | undefined {
  if (text.includes('%') || !ipaddr.isValid(text)) return undefined;
  if (
    !text.includes(':') &&
    (!IPV4_DOTTED.test(text) || text.split('.').some((part) => part.length > 1 && part.startsWith('0')))
  ) {
    return undefined;
  }
  return ipaddr.process(text);
}

/** The canonical text of an address, or undefined when it is none. */
export function canonicalAddress(text: string): string | undefined {
  return parseAddress(text)?.toString();
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

/** What is wrong with a CIDR, or undefined. Host bits must be zero: `10.0.0.1/8` is a mistake, not a network. */
export function cidrProblem(text: string): string | undefined {
  const range = parseCidr(text);
  if (range === undefined) return 'must be an address or a network such as 203.0.113.0/24 or 2001:db8::/32';
  const [network, bits] = range;
  const bytes = network.toByteArray();
  const isClean = bytes.every((byte, i) => (byte & (0xff >> Math.min(8, Math.max(0, bits - i * 8)))) === 0);
  return isClean ? undefined : 'has host bits set; write the network address';
}

function parseCidr(text: string): Range | undefined {
  const [addressText = '', bitsText, ...rest] = text.split('/');
  if (rest.length > 0 || (bitsText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(bitsText))) return undefined;
  const isMapped = /^::ffff:/i.test(addressText);
  const address = parseAddress(addressText);
  if (address === undefined) return undefined;
  const width = address.kind() === 'ipv4' ? 32 : 128;
  if (bitsText === undefined) return [address, width];
  const bits = Number(bitsText) - (isMapped && width === 32 ? 96 : 0);
  return bits < 0 || bits > width ? undefined : [address, bits];
}

/** The whole of a family that a network takes in, when it does: mostly a mistake. */
export function wholeFamily(text: string): 'IPv4' | 'IPv6' | undefined {
  const [network, bits] = parseCidr(text) ?? [];
  if (network === undefined || bits !== 0) return undefined;
  return network.kind() === 'ipv4' ? 'IPv4' : 'IPv6';
}

function getCidr(text: string): Range {
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

function contains(network: Address, bits: number, address: Address): boolean {
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
