/**
 * Checkpoints as C2SP signed notes (c2sp.org/signed-note, tlog-checkpoint): an origin, a size, a root, an Ed25519 signature.
 * Must never sign anything but a head that has been committed: the caller sees to that.
 */
import { createPublicKey, createSecretKey, hash, hkdfSync, sign, type KeyObject } from 'node:crypto';
import type { Head } from './merkle.ts';

/** The signature type of Ed25519 in key ids and keys. */
const ED25519 = 0x01;

export interface Signer {
  /** Names the log: `alter-vault/<deployment id>`. */
  readonly origin: string;
  /** Ed25519. */
  readonly signingKey: KeyObject;
}

export function signCheckpoint(head: Head, { origin, signingKey }: Signer): string {
  const body = `${origin}\n${head.size}\n${head.root.toString('base64')}\n`;
  const signature = sign(null, Buffer.from(body), signingKey);
  const stamp = Buffer.concat([keyId(origin, rawPublicKey(signingKey)), signature]).toString('base64');
  return `${body}\n\u2014 ${origin} ${stamp}\n`;
}

/** The verifier key: `<origin>+<key id>+<base64 of type and key>`. */
export function verifierKey({ origin, signingKey }: Signer): string {
  const raw = rawPublicKey(signingKey);
  return `${origin}+${keyId(origin, raw).toString('hex')}+${Buffer.concat([Buffer.of(ED25519), raw]).toString('base64')}`;
}

/** The key under which writers seal their groups: whoever can write SQL but does not hold the signing key can't make one. */
export function deriveGroupKey(signingKey: KeyObject): KeyObject {
  const seed = signingKey.export({ format: 'der', type: 'pkcs8' });
  const derived = hkdfSync('sha256', seed, '', 'alter-vault audit group mac v1', 32);
  return createSecretKey(Buffer.from(derived));
}

function keyId(origin: string, raw: Buffer): Buffer {
  return hash(
    'sha256',
    Buffer.concat([Buffer.from(`${origin}\n`), Buffer.of(ED25519), raw]),
    'buffer',
  ).subarray(0, 4);
}

function rawPublicKey(signingKey: KeyObject): Buffer {
  // The last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the key (RFC 8410 §4).
  return createPublicKey(signingKey).export({ format: 'der', type: 'spki' }).subarray(-32);
}
