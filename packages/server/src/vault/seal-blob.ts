/**
 * Seals small things that are no credentials and live or change on their own: held calls, TOTP secrets. Each is bound to
 * a label and a context, and carries the id of the key that sealed it. Credentials never go this way: they are bound to
 * their destinations.
 */
import { COMMITTED_OVERHEAD_BYTES, openCommitted, sealCommitted } from './committed.ts';
import { getWrappingKey } from './data-key.ts';
import { IntegrityError } from './integrity.ts';
import type { Keyring } from './keyring.ts';
import { lengthPrefixed } from './parts.ts';
import { Secret } from './secret.ts';

/** `AVB`, then the version of the format. */
const HEADER = Buffer.from('AVB\x01', 'latin1');
const KEY_ID_BYTES = 16;
const PREFIX_BYTES = HEADER.length + KEY_ID_BYTES;
const LABEL = 'alter-vault/v1/blob';

/** `purposeLabel` says what kind of thing it is, `context` which one: the row's ids, unambiguously encoded. */
export function sealBlob(keyring: Keyring, purposeLabel: string, context: Buffer, plaintext: Secret): Buffer {
  const { keyId, key } = keyring.primary('wrap');
  const where = { label: LABEL, context: blobContext(keyring, keyId, purposeLabel, context) } as const;
  return Buffer.concat([HEADER, encodeKeyId(keyId), sealCommitted(key, where, plaintext.reveal())]);
}

/** @throws IntegrityError when it is not what was sealed for exactly this label and context */
export function openBlob(keyring: Keyring, purposeLabel: string, context: Buffer, blob: Buffer): Secret {
  const { keyId, key } = getWrappingKey(keyring, blobKeyId(blob));
  const where = { label: LABEL, context: blobContext(keyring, keyId, purposeLabel, context) } as const;
  return Secret.fromBytes(openCommitted(key, where, blob.subarray(PREFIX_BYTES)));
}

/** The same content under the present primary key, for a keyring rotation. @throws IntegrityError */
export function resealBlob(keyring: Keyring, purposeLabel: string, context: Buffer, blob: Buffer): Buffer {
  const plaintext = openBlob(keyring, purposeLabel, context, blob);
  const resealed = sealBlob(keyring, purposeLabel, context, plaintext);
  plaintext.destroy();
  return resealed;
}

/** Which keyring entry it needs. @throws IntegrityError */
export function blobKeyId(blob: Buffer): string {
  if (
    blob.length < PREFIX_BYTES + COMMITTED_OVERHEAD_BYTES ||
    !blob.subarray(0, HEADER.length).equals(HEADER)
  )
    throw new IntegrityError('a sealed blob has an unknown format');
  const hex = blob.toString('hex', HEADER.length, PREFIX_BYTES);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function encodeKeyId(keyId: string): Buffer {
  const bytes = Buffer.from(keyId.replaceAll('-', ''), 'hex');
  if (bytes.length !== KEY_ID_BYTES) throw new TypeError('a key id is a UUID');
  return bytes;
}

function blobContext(keyring: Keyring, keyId: string, purposeLabel: string, context: Buffer): Buffer {
  return lengthPrefixed(['blob', keyring.deploymentId, keyId, purposeLabel, context]);
}
