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

/** A credential version read and checked for its form, with the contexts worked out: what is the same for every opening. */
export interface PreparedCredential {
  readonly binding: Binding;
  readonly sealed: SealedCredential;
  readonly fields: readonly (SealedField & { readonly context: Buffer })[];
  readonly cacheKey: string;
}

/** Opens nothing. @throws IntegrityError */
export function prepareCredential(binding: Binding, sealed: SealedCredential): PreparedCredential {
  requireBinding(binding);
  const fields = decodeFields(sealed.sealed);
  const contextOf = fieldContext(
    binding,
    fields.map((field) => field.name),
  );
  return {
    binding,
    sealed,
    fields: fields.map((field) => ({ ...field, context: contextOf(field.name) })),
    cacheKey: DataKeyCache.keyOf(dataKeyContext(sealed.keyId, binding), sealed.wrappedKey),
  };
}

/**
 * The fields of a credential, in the order of their names. The caller destroys them after use.
 * @throws IntegrityError when anything is not what was sealed for exactly this binding
 */
export function openPrepared(
  keyring: Keyring,
  prepared: PreparedCredential,
  cache: DataKeyCache,
): Map<string, Secret> {
  // Before the cache is asked: a key that was disabled opens nothing, remembered or not.
  getWrappingKey(keyring, prepared.sealed.keyId);
  return openFields(getDataKey(keyring, prepared, cache), prepared);
}

/** Both at once. */
export function openCredential(
  keyring: Keyring,
  binding: Binding,
  sealed: SealedCredential,
  cache: DataKeyCache = new DataKeyCache(),
): Map<string, Secret> {
  return openPrepared(keyring, prepareCredential(binding, sealed), cache);
}

function getDataKey(keyring: Keyring, prepared: PreparedCredential, cache: DataKeyCache): KeyObject {
  const known = cache.find(prepared.cacheKey);
  if (known !== undefined) return known;
  const key = takeKey(unwrapDataKey(keyring, prepared.binding, prepared.sealed));
  cache.remember(prepared.cacheKey, key);
  return key;
}

function openFields(key: KeyObject, { fields }: PreparedCredential): Map<string, Secret> {
  const opened = new Map<string, Secret>();
  try {
    for (const { name, nonce, ciphertext, context } of fields)
      opened.set(name, Secret.fromBytes(aeadOpen(key, nonce, context, ciphertext)));
  } catch (error) {
    for (const secret of opened.values()) secret.destroy();
    throw error;
  }
  return opened;
}
