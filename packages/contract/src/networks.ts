/**
 * Addresses and networks as text: which there are and what is wrong with others, the same for the vault and for forms. Pure.
 * An IPv4 address mapped into IPv6 is its IPv4.
 */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = readonly [address: Address, bits: number];

const IPV4_DOTTED = /^\d{1,3}(\.\d{1,3}){3}$/;

export function parseAddress(text: string): Address | undefined {
  if (text.includes('%') || !ipaddr.isValid(text)) return undefined;
  if (
    !text.includes(':') &&
    (!IPV4_DOTTED.test(text) || text.split('.').some((part) => part.length > 1 && part.startsWith('0')))
  ) {
    return undefined;
  }
  return ipaddr.process(text);
}

/** An address alone is the network of that address. */
export function parseCidr(text: string): Network | undefined {
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

/** What is wrong with a CIDR, or undefined. Host bits must be zero: `10.0.0.1/8` is a mistake, not a network. */
export function cidrProblem(text: string): string | undefined {
  const range = parseCidr(text);
  if (range === undefined) return 'must be an address or a network such as 203.0.113.0/24 or 2001:db8::/32';
  const [address, bits] = range;
  const bytes = address.toByteArray();
  const network = bytes.map((byte, i) => byte & ~(0xff >> Math.min(8, Math.max(0, bits - i * 8))));
  if (bytes.every((byte, i) => byte === network[i])) return undefined;
  return `has host bits set; the network is ${ipaddr.fromByteArray(network).toString()}/${bits}`;
}

/** The whole of a family that a network takes in, when it does: mostly a mistake. */
export function wholeFamily(text: string): 'IPv4' | 'IPv6' | undefined {
  const [network, bits] = parseCidr(text) ?? [];
  if (network === undefined || bits !== 0) return undefined;
  return network.kind() === 'ipv4' ? 'IPv4' : 'IPv6';
}
