/**
 * I1: the only place where a stored credential becomes plaintext. All fields or none: the first thing that is not as it
 * was sealed ends it, and what was open by then is zeroed.
 */
import type { KeyObject } from 'node:crypto';
import { aeadOpen } from './aead.ts';
import { DataKeyCache } from './data-key-cache.ts';
import { getWrappingKey, unwrapDataKey } from './data-key.ts';
import {
  dataKeyContext,
  decodeFields,
  fieldContext,
  requireBinding,
  type Binding,
  type SealedCredential,
  type SealedField,
} from './format.ts';
import { takeKey } from './hash.ts';
import type { Keyring } from './keyring.ts';
import { Secret } from './secret.ts';

/**
 * The fields of a credential, in the order of their names. The caller destroys them after use.
 * @throws IntegrityError when anything is not what was sealed for exactly this binding
 */
export function openCredential(
  keyring: Keyring,
  binding: Binding,
  sealed: SealedCredential,
  cache?: DataKeyCache,
): Map<string, Secret> {
  requireBinding(binding);
  const fields = decodeFields(sealed.sealed);
  return openFields(getDataKey(keyring, binding, sealed, cache), binding, fields);
}

function getDataKey(
  keyring: Keyring,
  binding: Binding,
  sealed: SealedCredential,
  cache: DataKeyCache | undefined,
): KeyObject {
  if (cache === undefined) return takeKey(unwrapDataKey(keyring, binding, sealed));
  // Before the cache is asked: a key that was disabled opens nothing, remembered or not.
  const { keyId } = getWrappingKey(keyring, sealed.keyId);
  const cacheKey = DataKeyCache.keyOf(dataKeyContext(keyId, binding), sealed.wrappedKey);
  const known = cache.find(cacheKey);
  if (known !== undefined) return known;
  const key = takeKey(unwrapDataKey(keyring, binding, sealed));
  cache.remember(cacheKey, key);
  return key;
}

function openFields(key: KeyObject, binding: Binding, fields: readonly SealedField[]): Map<string, Secret> {
  const contextOf = fieldContext(
    binding,
    fields.map((field) => field.name),
  );
  const opened = new Map<string, Secret>();
  try {
    for (const { name, nonce, ciphertext } of fields)
      opened.set(name, Secret.fromBytes(aeadOpen(key, nonce, contextOf(name), ciphertext)));
  } catch (error) {
    for (const secret of opened.values()) secret.destroy();
    throw error;
  }
  return opened;
}
