/**
 * The secrets of channels: sealed as blobs that are bound to their channel and version. Sealed by the control plane,
 * opened only by the sender, wrapped anew when the keyring rotates.
 */
import type { Queryable } from '../store/database.ts';
import {
  countChannelSecretsByKey,
  selectChannelSecretsUnder,
  updateChannelSecretSeal,
  type ChannelSecretRow,
} from '../store/channels.ts';
import { IntegrityError } from '../vault/integrity.ts';
import type { Keyring } from '../vault/keyring.ts';
import { lengthPrefixed } from '../vault/parts.ts';
import { blobKeyId, openBlob, resealBlob, sealBlob } from '../vault/seal-blob.ts';
import type { Secret } from '../vault/secret.ts';

const LABEL = 'channel-secret';

type Place = Pick<ChannelSecretRow, 'app_id' | 'channel_id' | 'version'>;

const contextOf = (place: Place): Buffer =>
  lengthPrefixed([place.app_id, place.channel_id, String(place.version)]);

export function sealChannelSecret(keyring: Keyring, place: Place, secret: Secret): ChannelSecretRow {
  const sealed = sealBlob(keyring, LABEL, contextOf(place), secret);
  return { ...place, key_id: blobKeyId(sealed), sealed, expires_at: null };
}

/** Whoever asks destroys it after use. @throws IntegrityError */
export function openChannelSecret(keyring: Keyring, row: ChannelSecretRow): Secret {
  return openBlob(keyring, LABEL, contextOf(row), row.sealed);
}

export const countChannelSecrets = (db: Queryable): Promise<ReadonlyMap<string, number>> =>
  countChannelSecretsByKey(db);

/**
 * Seals anew, under the primary key, up to `limit` secrets that `formerId` seals; in a transaction that holds the primary
 * key. Says how many rows it looked at and which could not be opened: these keep the old key from being disabled.
 */
export async function resealChannelSecrets(
  tx: Queryable,
  keyring: Keyring,
  formerId: string,
  limit: number,
): Promise<{ readonly resealed: number; readonly damaged: readonly ChannelSecretRow[] }> {
  const rows = await selectChannelSecretsUnder(tx, formerId, limit);
  const damaged: ChannelSecretRow[] = [];
  for (const row of rows) {
    try {
      const sealed = resealBlob(keyring, LABEL, contextOf(row), row.sealed);
      await updateChannelSecretSeal(tx, { ...row, key_id: blobKeyId(sealed), sealed });
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      damaged.push(row);
    }
  }
  return { resealed: rows.length - damaged.length, damaged };
}
