/**
 * The derived signing key of SigV4: four HMACs over date, region and service, kept for the day they are good for.
 * Holds derived keys only, never a secret access key, and hands a key out only to who shows the secret again.
 */
import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { Secret } from '../vault/secret.ts';

export interface CredentialScope {
  /** `YYYYMMDD`, UTC. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

/** Derived keys that are kept. One is about 200 bytes; more distinct scopes than this only cost the derivation. */
export const SIGNING_KEYS_MAX = 512;

// The cache is looked up by a MAC under a key of this process, so that no digest of a secret that somebody could
// compare elsewhere lies in memory, and two secrets never share an entry.
const lookupKey = createSecretKey(randomBytes(32));
const derived = new Map<string, KeyObject>();

/** The least recently used entry is given up first. */
export function signingKey(secretAccessKey: Secret, scope: CredentialScope): KeyObject {
  const id = createHmac('sha256', lookupKey)
    .update(`${scope.day}\n${scope.region}\n${scope.service}\n`)
    .update(secretAccessKey.reveal())
    .digest('latin1');
  const known = derived.get(id);
  if (known !== undefined) {
    derived.delete(id);
    derived.set(id, known);
    return known;
  }
  const key = derive(secretAccessKey, scope);
  derived.set(id, key);
  if (derived.size > SIGNING_KEYS_MAX) forgetOldest();
  return key;
}

function derive(secretAccessKey: Secret, scope: CredentialScope): KeyObject {
  const seed = Buffer.concat([Buffer.from('AWS4'), secretAccessKey.reveal()]);
  const ofDay = createHmac('sha256', seed).update(scope.day).digest();
  const ofRegion = createHmac('sha256', ofDay).update(scope.region).digest();
  const ofService = createHmac('sha256', ofRegion).update(scope.service).digest();
  const ofRequest = createHmac('sha256', ofService).update('aws4_request').digest();
  const key = createSecretKey(ofRequest);
  for (const buffer of [seed, ofDay, ofRegion, ofService, ofRequest]) buffer.fill(0);
  return key;
}

function forgetOldest(): void {
  for (const id of derived.keys()) {
    derived.delete(id);
    return;
  }
}
