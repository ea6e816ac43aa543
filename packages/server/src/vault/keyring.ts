/**
 * The keyring: the long-lived keys, each wrapped by the root key and bound to its id, purpose and deployment. A disabled
 * key is never even unwrapped. Knows no database: rows come in, rows go out.
 */
import { createPrivateKey, createPublicKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { KEY_BYTES } from './aead.ts';
import { takeKey } from './hash.ts';
import { IntegrityError, RootKeyMismatch } from './integrity.ts';
import { lengthPrefixed } from './parts.ts';
import type { RootKey } from './root-key.ts';

export const SYMMETRIC_PURPOSES = ['wrap', 'mac', 'pepper', 'idempotency', 'detail'] as const;
export const KEY_PURPOSES = [...SYMMETRIC_PURPOSES, 'audit_sign'] as const;
export type SymmetricPurpose = (typeof SYMMETRIC_PURPOSES)[number];
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/**
 * `distributed`: every server is learning it, it opens but does not seal yet; `primary`: seals and opens, one for each
 * purpose; `active`: a former primary that still opens; `disabled`: neither.
 */
export const KEY_STATES = ['distributed', 'primary', 'active', 'disabled'] as const;
export type KeyState = (typeof KEY_STATES)[number];

/** An entry as it is stored. */
export interface KeyringRow {
  readonly keyId: string;
  readonly purpose: KeyPurpose;
  readonly state: KeyState;
  /** Which root key wrapped it. */
  readonly rootId: string;
  readonly wrapped: Buffer;
  readonly createdAt: Date;
}

interface LoadedEntry {
  readonly keyId: string;
  readonly state: Exclude<KeyState, 'disabled'>;
}

export interface SymmetricKey extends LoadedEntry {
  readonly purpose: SymmetricPurpose;
  readonly key: KeyObject;
}

/** An Ed25519 pair. */
export interface SigningKey extends LoadedEntry {
  readonly purpose: 'audit_sign';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export type LoadedKey = SymmetricKey | SigningKey;

export class Keyring {
  readonly deploymentId: string;
  readonly #byId = new Map<string, LoadedKey>();
  readonly #primaries = new Map<KeyPurpose, LoadedKey>();

  private constructor(deploymentId: string) {
    this.deploymentId = deploymentId;
  }

  /**
   * `previousRoot` opens the entries that a change of the root key has not reached yet.
   * @throws RootKeyMismatch when an entry needs a root key that is not given
   * @throws IntegrityError when an entry is not what was wrapped, or a purpose has two primaries
   */
  static open(
    root: RootKey,
    previousRoot: RootKey | undefined,
    deploymentId: string,
    rows: readonly KeyringRow[],
  ): Keyring {
    const keyring = new Keyring(deploymentId);
    for (const row of rows) {
      if (row.state === 'disabled') continue;
      const by = row.rootId === previousRoot?.id ? previousRoot : root;
      keyring.#add({ ...unwrapEntry(by, deploymentId, row), keyId: row.keyId, state: row.state });
    }
    return keyring;
  }

  /** A new entry around new random bytes. */
  static mint(root: RootKey, deploymentId: string, purpose: KeyPurpose, state: KeyState): KeyringRow {
    const keyId = randomUUID();
    const bytes = randomBytes(KEY_BYTES);
    const wrapped = root.wrap(entryContext(deploymentId, { keyId, purpose }), bytes);
    bytes.fill(0);
    return { keyId, purpose, state, rootId: root.id, wrapped, createdAt: new Date() };
  }

  /** The same entry under another root key. A disabled one too: it may be needed to be enabled again. */
  static rewrapRow(row: KeyringRow, fromRoot: RootKey, toRoot: RootKey, deploymentId: string): KeyringRow {
    const bytes = unwrapBytes(fromRoot, deploymentId, row);
    const wrapped = toRoot.wrap(entryContext(deploymentId, row), bytes);
    bytes.fill(0);
    return { ...row, rootId: toRoot.id, wrapped };
  }

  /** The key that seals, signs or counts for this purpose now. @throws IntegrityError when the keyring has none */
  primary(purpose: 'audit_sign'): SigningKey;
  primary(purpose: SymmetricPurpose): SymmetricKey;
  primary(purpose: KeyPurpose): LoadedKey {
    const key = this.#primaries.get(purpose);
    if (key === undefined) throw new IntegrityError(`the keyring has no primary key for ${purpose}`);
    return key;
  }

  /** Any key that may still open; a disabled one is not found. */
  find(keyId: string): LoadedKey | undefined {
    return this.#byId.get(keyId);
  }

  #add(key: LoadedKey): void {
    if (this.#byId.has(key.keyId)) throw new IntegrityError(`the keyring has ${key.keyId} twice`);
    this.#byId.set(key.keyId, key);
    if (key.state !== 'primary') return;
    if (this.#primaries.has(key.purpose))
      throw new IntegrityError(`the keyring has two primary keys for ${key.purpose}`);
    this.#primaries.set(key.purpose, key);
  }
}

/** An Ed25519 pair from its 32-byte seed (RFC 8032 §5.1.5), which is zeroed. */
export function signingPair(seed: Buffer): { privateKey: KeyObject; publicKey: KeyObject } {
  const der = Buffer.concat([PKCS8_ED25519, seed]);
  seed.fill(0);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** RFC 8410 §7: what stands before the seed in a PKCS #8 Ed25519 key. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

type KeyMaterial =
  | Pick<SymmetricKey, 'purpose' | 'key'>
  | Pick<SigningKey, 'purpose' | 'privateKey' | 'publicKey'>;

function unwrapEntry(root: RootKey, deploymentId: string, row: KeyringRow): KeyMaterial {
  const bytes = unwrapBytes(root, deploymentId, row);
  return row.purpose === 'audit_sign'
    ? { purpose: row.purpose, ...signingPair(bytes) }
    : { purpose: row.purpose, key: takeKey(bytes) };
}

function unwrapBytes(root: RootKey, deploymentId: string, row: KeyringRow): Buffer {
  if (row.rootId !== root.id) throw new RootKeyMismatch(row.rootId);
  const bytes = root.unwrap(entryContext(deploymentId, row), row.wrapped);
  if (bytes.length !== KEY_BYTES) throw new IntegrityError(`the keyring entry ${row.keyId} is no key`);
  return bytes;
}

function entryContext(deploymentId: string, row: Pick<KeyringRow, 'keyId' | 'purpose'>): Buffer {
  return lengthPrefixed(['keyring', deploymentId, row.keyId, row.purpose]);
}
