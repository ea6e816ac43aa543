/**
 * The data key of a credential version, wrapped by the keyring for one binding. Only `seal.ts` and `open.ts` may use it.
 */
import { KEY_BYTES } from './aead.ts';
import { openCommitted, sealCommitted } from './committed.ts';
import { dataKeyContext, type Binding, type SealedCredential } from './format.ts';
import { IntegrityError } from './integrity.ts';
import type { Keyring, SymmetricKey } from './keyring.ts';

const LABEL = 'alter-vault/v1/data-key';

/** Under the primary key. `bytes` stay the caller's, to use and to zero. */
export function wrapDataKey(
  keyring: Keyring,
  binding: Binding,
  bytes: Buffer,
): Pick<SealedCredential, 'keyId' | 'wrappedKey'> {
  const { keyId, key } = keyring.primary('wrap');
  const context = dataKeyContext(keyId, binding);
  return { keyId, wrappedKey: sealCommitted(key, { label: LABEL, context }, bytes) };
}

/** The caller zeroes what it gets. @throws IntegrityError */
export function unwrapDataKey(keyring: Keyring, binding: Binding, sealed: SealedCredential): Buffer {
  const { keyId, key } = getWrappingKey(keyring, sealed.keyId);
  const context = dataKeyContext(keyId, binding);
  const bytes = openCommitted(key, { label: LABEL, context }, sealed.wrappedKey);
  if (bytes.length !== KEY_BYTES) throw new IntegrityError('a data key has a wrong length');
  return bytes;
}

/** @throws IntegrityError when there is none, it is disabled, or it is for something else than wrapping */
export function getWrappingKey(keyring: Keyring, keyId: string): SymmetricKey {
  const key = keyring.find(keyId);
  if (key?.purpose !== 'wrap') throw new IntegrityError(`no key ${keyId} that may unwrap`);
  return key;
}
