/**
 * API keys and access tokens: their text forms, minting and hashing. The only place where a presented
 * key is compared, always in constant time (A15). Knows nothing of the database.
 *
 * An API key is `alter_key_<kind>_` and 91 characters of base64url: app id (16 bytes), key id (16),
 * secret (32), CRC-32 of all before it including the prefix (4). The checksum lets scanners and clients
 * tell a typing error from a wrong key without asking anybody.
 */
import { createHmac, hash, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { uuidFromBytes, uuidToBytes } from '../ids.ts';

export type KeyKind = 'app' | 'agent';

export interface ParsedKey {
  readonly kind: KeyKind;
  readonly appId: string;
  readonly keyId: string;
  readonly text: string;
}

const PREFIX: Readonly<Record<KeyKind, string>> = { app: 'alter_key_app_', agent: 'alter_key_agent_' };
const ID_BYTES = 16;
const SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;
const BODY_BYTES = 2 * ID_BYTES + SECRET_BYTES + CHECKSUM_BYTES;
const BODY_CHARS = Math.ceil((BODY_BYTES * 4) / 3);
/** As many characters of a key as are shown in lists and audit events: enough to tell keys apart, of the key id only. */
const SHOWN_CHARS = 8;

export const TOKEN_PREFIX = 'alter_pat_';
const TOKEN_BYTES = 32;

const checksum = (prefix: string, body: Buffer): Buffer => {
  const out = Buffer.alloc(CHECKSUM_BYTES);
  out.writeUInt32BE(crc32(body, crc32(prefix)));
  return out;
};

/** The beginning of the key that may be shown: its kind and the random end of its key id. */
function shownPrefix(kind: KeyKind, keyId: string): string {
  return `${PREFIX[kind]}…${keyId.slice(-SHOWN_CHARS)}`;
}

export function mintApiKey(kind: KeyKind, appId: string, keyId: string): { text: string; prefix: string } {
  const body = Buffer.concat([uuidToBytes(appId), uuidToBytes(keyId), randomBytes(SECRET_BYTES)]);
  const text = PREFIX[kind] + Buffer.concat([body, checksum(PREFIX[kind], body)]).toString('base64url');
  return { text, prefix: shownPrefix(kind, keyId) };
}

/** The parts of a key's text, or undefined when it is no well-formed key. Says nothing of whether it is valid. */
export function parseApiKey(text: string): ParsedKey | undefined {
  const kind: KeyKind = text.startsWith(PREFIX.app) ? 'app' : 'agent';
  const prefix = PREFIX[kind];
  if (!text.startsWith(prefix) || text.length !== prefix.length + BODY_CHARS) return undefined;
  const bytes = Buffer.from(text.slice(prefix.length), 'base64url');
  if (bytes.length !== BODY_BYTES) return undefined;
  const body = bytes.subarray(0, BODY_BYTES - CHECKSUM_BYTES);
  if (!bytes.subarray(BODY_BYTES - CHECKSUM_BYTES).equals(checksum(prefix, body))) return undefined;
  return {
    kind,
    appId: uuidFromBytes(bytes.subarray(0, ID_BYTES)),
    keyId: uuidFromBytes(bytes.subarray(ID_BYTES, 2 * ID_BYTES)),
    text,
  };
}

/** HMAC-SHA-256 under the pepper, of the whole text: what is stored of a key or token. */
export function hashCredentialText(pepper: KeyObject, text: string): Buffer {
  return createHmac('sha256', pepper).update(text).digest();
}

/** By which a key that was presented before is found again without keeping its text. Decides nothing. */
export const digestOfText = (text: string): string => hash('sha256', text, 'base64');

/** Constant-time comparison of two hashes. The only comparison of secrets in the server outside `vault/`. */
export function hashesEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function mintToken(): { text: string; prefix: string } {
  const text = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  return { text, prefix: tokenPrefix(text) };
}

export const tokenPrefix = (text: string): string => `${text.slice(0, TOKEN_PREFIX.length + 4)}…`;

/** Of a webhook, in the form of Standard Webhooks: 256 bits. */
export const mintSigningSecret = (): string => `whsec_${randomBytes(TOKEN_BYTES).toString('base64')}`;

/** A random one-time or session token, 256 bits. */
export const mintOpaque = (prefix: string): string => prefix + randomBytes(TOKEN_BYTES).toString('base64url');

/**
 * The first key of a row of rotations. Limits and held calls go by it, so that who rotates a key has neither two limits
 * during the grace period nor lost what the old key asked for.
 */
export function lineageOf(key: { readonly key_id: string; readonly lineage_id: string | null }): string {
  return key.lineage_id ?? key.key_id;
}
