/** Notification channels and their sealed secrets. Every statement names its app, except where keys are counted (I10). */
import type { ChannelType, NoticeEvent } from '@alter-vault/contract';
import type { Queryable } from './database.ts';
import { holdKey } from './keyring.ts';

/** What may be shown: `url` of a webhook; `to` and `from` of smtp; nothing of slack. */
export interface ChannelSettings {
  readonly url?: string;
  readonly to?: readonly string[];
  readonly from?: string;
}

export interface ChannelRow {
  readonly app_id: string;
  readonly channel_id: string;
  readonly type: ChannelType;
  readonly name: string;
  readonly events: readonly NoticeEvent[] | null;
  readonly settings: ChannelSettings;
  readonly created_by: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly epoch: bigint;
  readonly mac: Buffer;
}

export interface ChannelSecretRow {
  readonly app_id: string;
  readonly channel_id: string;
  readonly version: number;
  readonly key_id: string;
  readonly sealed: Buffer;
  readonly expires_at: Date | null;
}

const CHANNEL =
  'app_id, channel_id, type, name, events, settings, created_by, created_at, updated_at, epoch, mac';
const SECRET = 'app_id, channel_id, version, key_id, sealed, expires_at';

export async function insertChannel(tx: Queryable, row: ChannelRow): Promise<void> {
  await tx.query(
    'channel_insert',
    `INSERT INTO channels (${CHANNEL}) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)`,
    [
      row.app_id,
      row.channel_id,
      row.type,
      row.name,
      row.events,
      JSON.stringify(row.settings),
      row.created_by,
      row.created_at,
      row.updated_at,
      row.epoch,
      row.mac,
    ],
  );
}

export async function updateChannel(tx: Queryable, row: ChannelRow): Promise<void> {
  await tx.query(
    'channel_update',
    `UPDATE channels SET name = $3, events = $4, settings = $5::jsonb, updated_at = $6, epoch = $7, mac = $8
     WHERE app_id = $1 AND channel_id = $2`,
    [
      row.app_id,
      row.channel_id,
      row.name,
      row.events,
      JSON.stringify(row.settings),
      row.updated_at,
      row.epoch,
      row.mac,
    ],
  );
}

/** With its secrets and deliveries. */
export async function deleteChannel(tx: Queryable, appId: string, channelId: string): Promise<void> {
  await tx.query('channel_delete', 'DELETE FROM channels WHERE app_id = $1 AND channel_id = $2', [
    appId,
    channelId,
  ]);
}

/** All of an app; answers their ids. */
export async function deleteChannelsOf(tx: Queryable, appId: string): Promise<string[]> {
  const rows = await tx.query<{ channel_id: string }>(
    'channels_delete',
    'DELETE FROM channels WHERE app_id = $1 RETURNING channel_id',
    [appId],
  );
  return rows.map((row) => row.channel_id);
}

export async function findChannel(
  db: Queryable,
  appId: string,
  channelId: string,
): Promise<ChannelRow | undefined> {
  const rows = await db.query<ChannelRow>(
    'channel_one',
    `SELECT ${CHANNEL} FROM channels WHERE app_id = $1 AND channel_id = $2`,
    [appId, channelId],
  );
  return rows[0];
}

/** One more than `limit` when there is a next page. */
export async function selectChannels(
  db: Queryable,
  appId: string,
  after: string,
  limit: number,
): Promise<ChannelRow[]> {
  return db.query<ChannelRow>(
    'channels_page',
    `SELECT ${CHANNEL} FROM channels WHERE app_id = $1 AND channel_id > $2 ORDER BY channel_id LIMIT $3`,
    [appId, after, limit + 1],
  );
}

// Secrets

/** In a transaction. @throws Refusal `unavailable` when the key that seals it was disabled meanwhile */
export async function insertChannelSecret(tx: Queryable, row: ChannelSecretRow): Promise<void> {
  await holdKey(tx, row.key_id);
  await tx.query(
    'channel_secret_insert',
    `INSERT INTO channel_secrets (${SECRET}) VALUES ($1, $2, $3, $4, $5, $6)`,
    [row.app_id, row.channel_id, row.version, row.key_id, row.sealed, row.expires_at],
  );
}

/** Those that count now, newest first. */
export async function selectChannelSecrets(
  db: Queryable,
  appId: string,
  channelId: string,
): Promise<ChannelSecretRow[]> {
  return db.query<ChannelSecretRow>(
    'channel_secrets_of',
    `SELECT ${SECRET} FROM channel_secrets
     WHERE app_id = $1 AND channel_id = $2 AND (expires_at IS NULL OR expires_at > clock_timestamp())
     ORDER BY version DESC`,
    [appId, channelId],
  );
}

/**
 * Makes room for a new version: the last one counts for `overlapSeconds` more, those before it no longer. Answers with
 * the last version and its end. In a transaction that keeps others from changing the channel.
 */
export async function expireChannelSecrets(
  tx: Queryable,
  appId: string,
  channelId: string,
  overlapSeconds: number,
): Promise<{ readonly version: number; readonly expiresAt: Date }> {
  await tx.query(
    'channel_secrets_older',
    `DELETE FROM channel_secrets WHERE app_id = $1 AND channel_id = $2 AND version <
       (SELECT max(version) FROM channel_secrets WHERE app_id = $1 AND channel_id = $2)`,
    [appId, channelId],
  );
  const rows = await tx.query<{ version: number; expires_at: Date }>(
    'channel_secrets_expire',
    `UPDATE channel_secrets
     SET expires_at = least(expires_at, date_trunc('milliseconds', clock_timestamp()) + $3 * interval '1 second')
     WHERE app_id = $1 AND channel_id = $2 RETURNING version, expires_at`,
    [appId, channelId, overlapSeconds],
  );
  const last = rows[0];
  return { version: last?.version ?? 0, expiresAt: last?.expires_at ?? new Date(0) };
}

/** Shreds what has expired. */
export async function shredExpiredSecrets(db: Queryable): Promise<void> {
  await db.query(
    'channel_secrets_shred',
    `DELETE FROM channel_secrets s USING channels c
     WHERE s.app_id = c.app_id AND s.channel_id = c.channel_id AND s.expires_at <= clock_timestamp()`,
    [],
  );
}

// Keyring

export async function countChannelSecretsByKey(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ key_id: string; count: number }>(
    'channel_secrets_by_key',
    'SELECT key_id, count(*)::int AS count FROM channel_secrets GROUP BY key_id',
    [],
  );
  return new Map(rows.map((row) => [row.key_id, row.count]));
}

/** The next secrets, of any app, that `keyId` seals; joined to their channels by app. */
export async function selectChannelSecretsUnder(
  tx: Queryable,
  keyId: string,
  after: Pick<ChannelSecretRow, 'app_id' | 'channel_id' | 'version'>,
  limit: number,
): Promise<ChannelSecretRow[]> {
  return tx.query<ChannelSecretRow>(
    'channel_secrets_under',
    `SELECT s.app_id, s.channel_id, s.version, s.key_id, s.sealed, s.expires_at
     FROM channel_secrets s JOIN channels c ON c.app_id = s.app_id AND c.channel_id = s.channel_id
     WHERE s.key_id = $1 AND (s.app_id, s.channel_id, s.version) > ($2::uuid, $3::uuid, $4::int)
     ORDER BY s.app_id, s.channel_id, s.version LIMIT $5 FOR UPDATE OF s`,
    [keyId, after.app_id, after.channel_id, after.version, limit],
  );
}

/** In a transaction that locked the row. */
export async function updateChannelSecretSeal(tx: Queryable, row: ChannelSecretRow): Promise<void> {
  await tx.query(
    'channel_secret_reseal',
    `UPDATE channel_secrets SET key_id = $4, sealed = $5
     WHERE app_id = $1 AND channel_id = $2 AND version = $3`,
    [row.app_id, row.channel_id, row.version, row.key_id, row.sealed],
  );
}
