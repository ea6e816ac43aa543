/**
 * The secrets of channels: sealed as blobs that are bound to their channel and version. Sealed by the control plane,
 * opened only by the sender, wrapped anew when the keyring rotates.
 */
import type { ResealBatch, Resealed } from '../api/sealed-rows.ts';
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
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

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

/** Secrets are small. */
const BATCH_ROWS = 100;

/** For rotations of the wrapping key. */
export const channelSecrets = {
  what: 'channel secrets',
  countByKey: (db: Queryable): Promise<ReadonlyMap<string, number>> => countChannelSecretsByKey(db),
  async resealBatch(tx: Queryable, batch: ResealBatch): Promise<Resealed> {
    const rows = await selectChannelSecretsUnder(tx, batch.formerId, placeAfter(batch.after), BATCH_ROWS);
    let resealed = 0;
    for (const row of rows) {
      try {
        const sealed = resealBlob(batch.keyring, LABEL, contextOf(row), row.sealed);
        await updateChannelSecretSeal(tx, { ...row, key_id: blobKeyId(sealed), sealed });
        resealed += 1;
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error;
        batch.onBroken({ app_id: row.app_id, channel_id: row.channel_id }, error);
      }
    }
    const last = rows.at(-1);
    return { resealed, next: last && [last.app_id, last.channel_id, last.version].join('/') };
  },
};

function placeAfter(after: string | undefined): Place {
  const [app = NIL_UUID, channel = NIL_UUID, version = '0'] = after?.split('/') ?? [];
  return { app_id: app, channel_id: channel, version: Number(version) };
}
