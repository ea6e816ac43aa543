/**
 * Seals credentials and moves their wraps. I1: nothing here gives back a field's value, and nothing here imports what
 * does, so whoever may import this file may seal and not open.
 */
import { randomBytes, type KeyObject } from 'node:crypto';
import { aeadSeal, KEY_BYTES, NONCE_BYTES } from './aead.ts';
import { wrapDataKey, unwrapDataKey } from './data-key.ts';
import {
  encodeFields,
  fieldContext,
  FIELD_BYTES_MAX,
  FIELD_NAME_BYTES_MAX,
  FIELDS_MAX,
  orderFields,
  requireBinding,
  type Binding,
  type SealedCredential,
  type SealedField,
} from './format.ts';
import { takeKey } from './hash.ts';
import type { Keyring } from './keyring.ts';
import type { Secret } from './secret.ts';

/**
 * Seals one version of a credential under a data key of its own.
 * @throws TypeError when the fields exceed FIELDS_MAX, FIELD_NAME_BYTES_MAX or FIELD_BYTES_MAX, or there is none
 */
export function sealCredential(
  keyring: Keyring,
  binding: Binding,
  fields: ReadonlyMap<string, Secret>,
): SealedCredential {
  requireBinding(binding);
  requireFields(fields);
  const bytes = randomBytes(KEY_BYTES);
  const { keyId, wrappedKey } = wrapDataKey(keyring, binding, bytes);
  return { keyId, wrappedKey, sealed: sealFields(takeKey(bytes), binding, fields) };
}

/**
 * The same credential for narrower destinations, or under the keyring's present primary key. The data key is wrapped
 * anew; no field is opened. Whether `to` is narrower is for the caller to judge, with the credential's own checks.
 * @throws IntegrityError when the wrap is not the one of `from`
 */
export function rewrapCredential(
  keyring: Keyring,
  from: Binding,
  to: Binding,
  sealed: SealedCredential,
): SealedCredential {
  requireBinding(to);
  if (!isSameCredential(from, to)) throw new TypeError('only destinations may change in a re-wrap');
  const bytes = unwrapDataKey(keyring, from, sealed);
  try {
    return { ...wrapDataKey(keyring, to, bytes), sealed: sealed.sealed };
  } finally {
    bytes.fill(0);
  }
}

function sealFields(key: KeyObject, binding: Binding, fields: ReadonlyMap<string, Secret>): Buffer {
  const names = orderFields(fields.keys());
  const contextOf = fieldContext(binding, names);
  const sealedFields: SealedField[] = [];
  for (const name of names) {
    const value = fields.get(name);
    if (value === undefined) throw new TypeError('the fields changed while they were sealed');
    const nonce = randomBytes(NONCE_BYTES);
    sealedFields.push({ name, nonce, ciphertext: aeadSeal(key, nonce, contextOf(name), value.reveal()) });
  }
  return encodeFields(sealedFields);
}

function requireFields(fields: ReadonlyMap<string, Secret>): void {
  if (fields.size < 1 || fields.size > FIELDS_MAX)
    throw new TypeError(`a credential has 1 to ${FIELDS_MAX} fields`);
  for (const [name, value] of fields) {
    if (name === '' || Buffer.byteLength(name) > FIELD_NAME_BYTES_MAX)
      throw new TypeError(`a field name has 1 to ${FIELD_NAME_BYTES_MAX} bytes`);
    if (value.byteLength > FIELD_BYTES_MAX)
      throw new TypeError(`a field has ${FIELD_BYTES_MAX} bytes at most`);
  }
}

function isSameCredential(a: Binding, b: Binding): boolean {
  return (
    a.deploymentId === b.deploymentId &&
    a.appId === b.appId &&
    a.secretId === b.secretId &&
    a.version === b.version &&
    a.credentialType === b.credentialType
  );
}
