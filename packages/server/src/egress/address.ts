/**
 * Owns the verdict on one IP address: may the vault ever connect to it? Pure: no sockets, no DNS, no clock.
 * Must never let an address through because it is unknown: only what is known to be public unicast, or lies in a
 * private network that the operator named, is dialled (I7, S1–S5).
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface Cidr {
  readonly base: Address;
  readonly bits: number;
}

export interface AddressPolicy {
  /** The networks of ALTER_EGRESS_ALLOW. */
  readonly allow: readonly Cidr[];
}

export type AddressVerdict =
  | 'ok'
  | 'not an address'
  | 'zone id'
  | 'metadata service'
  | 'not allowed private network'
  | 'not public unicast';

/** Ranges that ALTER_EGRESS_ALLOW can open. Everything else that is not public stays shut whatever it says. */
const OPENABLE_RANGES = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);

/**
 * Addresses that hand out credentials of the machine that asks (S2): AWS IMDS, ECS and EKS over both families,
 * GCP over IPv6, Alibaba, Oracle, and Azure's wire server, which lies in a public range.
 */
const METADATA_ADDRESSES = new Set(
  [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
  ].map((text) => ipaddr.parse(text).toString()),
);

/** Names that clouds answer with a metadata address; refused before anybody is asked for their address (S2). */
const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
]);

/** RFC 4291 §2.4, IANA: all of IPv6 that is assigned as global unicast. */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parse('2000::');
const GLOBAL_UNICAST_V6_BITS = 3;

/** Whether the vault may connect to this address; any other answer than `ok` says why not, for the log. */
export function judgeAddress(ip: string, policy: AddressPolicy): AddressVerdict {
  if (ip.includes('%')) return 'zone id';
  // `isIP` is stricter than ipaddr.js, which also reads octal, hexadecimal and short forms (S3).
  if (isIP(ip) === 0) return 'not an address';
  const address = ipaddr.parse(ip);
  if (METADATA_ADDRESSES.has(address.toString())) return 'metadata service';
  const range: string = address.range();
  if (range === 'unicast') return isPublic(address) ? 'ok' : 'not public unicast';
  if (!OPENABLE_RANGES.has(range)) return 'not public unicast';
  return policy.allow.some((cidr) => contains(cidr, address)) ? 'ok' : 'not allowed private network';
}

/** Whether the address lies in a network that the operator named in ALTER_EGRESS_ALLOW. */
export function isInsideAllowed(ip: string, policy: AddressPolicy): boolean {
  if (isIP(ip) === 0) return false;
  const address = ipaddr.parse(ip);
  return policy.allow.some((cidr) => contains(cidr, address));
}

export function isLoopback(ip: string): boolean {
  return isIP(ip) !== 0 && ipaddr.parse(ip).range() === 'loopback';
}

export function isMetadataName(host: string): boolean {
  return METADATA_NAMES.has(host);
}

/** One spelling for each address, so that two can be compared as text. Undefined when it is none. */
export function canonicalAddress(ip: string): string | undefined {
  return isIP(ip) === 0 ? undefined : ipaddr.parse(ip).toString();
}

/** A network of ALTER_EGRESS_ALLOW. Undefined when it is malformed or has host bits set, which nobody means. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9a-fA-F.:]+)\/([0-9]{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [, ip = '', bitsText = ''] = match;
  const family = isIP(ip);
  const bits = Number(bitsText);
  if (family === 0 || bits > (family === 4 ? 32 : 128) || bitsText !== String(bits)) return undefined;
  const base = ipaddr.parse(ip);
  const network =
    family === 4 ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
  return network.toString() === base.toString() ? { base, bits } : undefined;
}

/** The policy for the CIDRs of a setting; throws on a malformed one, naming it. */
export function parseAddressPolicy(cidrs: readonly string[]): AddressPolicy {
  const allow = cidrs.map((text) => {
    const cidr = parseCidr(text);
    if (cidr === undefined) throw new TypeError(`not a CIDR, or host bits are set: ${text}`);
    return cidr;
  });
  return { allow };
}

function contains(cidr: Cidr, address: Address): boolean {
  if (cidr.base instanceof ipaddr.IPv4)
    return address instanceof ipaddr.IPv4 && address.match(cidr.base, cidr.bits);
  return address instanceof ipaddr.IPv6 && address.match(cidr.base, cidr.bits);
}

/**
 * What ipaddr.js calls unicast is everything it knows no range for. In IPv6 that lets `::7f00:1` and
 * `100:0:0:1::1` through, and whatever is registered next; only 2000::/3 is handed out to anybody.
 */
function isPublic(address: Address): boolean {
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST_V6, GLOBAL_UNICAST_V6_BITS);
}
