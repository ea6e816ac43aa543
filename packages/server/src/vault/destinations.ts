/**
 * I6: the digest of where and how a credential may leave. It is part of the context that the data key is wrapped in, so
 * whoever edits these columns in SQL has a credential that no longer opens.
 */
import { canonicalJson } from './canonical.ts';
import { sha256 } from './hash.ts';
import { lengthPrefixed } from './parts.ts';

export interface Destinations {
  /** A set: order and repetition don't count. */
  readonly allowedHosts: readonly string[];
  readonly allowAnyHost: boolean;
  /** Rules in the order in which they are applied; a member that is undefined counts as absent. */
  readonly injection: readonly object[];
  readonly delivery: string;
  /** Name and value, set where the caller sent none. */
  readonly defaultHeaders: readonly (readonly [string, string])[];
  /** Where the gateway goes; null where there is none. */
  readonly baseUrl: string | null;
  /** A set: the fields that are not redacted when an upstream echoes them. */
  readonly publicFields: readonly string[];
}

export function destinationsDigest(input: Destinations): Buffer {
  return sha256(
    lengthPrefixed([
      'alter-vault/v1/destinations',
      list(canonicalSet(input.allowedHosts)),
      input.allowAnyHost ? 'any-host' : 'allowed-hosts',
      list(input.injection.map(encodeRule)),
      input.delivery,
      canonicalJson(input.defaultHeaders),
      // A list, so that no base URL and an empty one differ.
      list(input.baseUrl === null ? [] : [input.baseUrl]),
      list(canonicalSet(input.publicFields)),
    ]),
  );
}

const list = lengthPrefixed;

function canonicalSet(items: readonly string[]): string[] {
  return [...new Set(items)].toSorted();
}

function encodeRule(rule: object): string {
  const members: [string, unknown][] = Object.entries(rule);
  return canonicalJson(Object.fromEntries(members.filter(([, value]) => value !== undefined)));
}
