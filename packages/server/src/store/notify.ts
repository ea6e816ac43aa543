/**
 * The outbox: notices on their way to channels. Every statement names its app; those that look for what is due anywhere
 * join by app. All times are the database's.
 */
import type { NoticeEvent } from '@alter-vault/contract';
import type { JsonObject } from '../audit/context.ts';
import type { Queryable } from './database.ts';

/** Every server looks for what is due when it hears this. A hint. */
export const OUTBOX_CHANNEL = 'alter_outbox';

export type DeliveryStatus = 'pending' | 'delivered' | 'dead';

export interface DeliveryRow {
  readonly app_id: string;
  readonly delivery_id: string;
  readonly channel_id: string;
  readonly event: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly created_at: Date;
  readonly next_at: Date;
  readonly attempted_at: Date | null;
  readonly finished_at: Date | null;
  readonly code: string | null;
  readonly status_code: number | null;
}

/** A delivery that this server has a lease of. */
export interface ClaimedDelivery {
  readonly app_id: string;
  readonly delivery_id: string;
  readonly channel_id: string;
  readonly event: NoticeEvent;
  readonly notice: { readonly at: string; readonly subject: JsonObject };
  /** Which attempt this is, from 1: whoever writes the outcome still has the lease only while it is this one. */
  readonly attempts: number;
}

/** The channels of the app that want this event; they stay until the transaction ends. */
export async function selectChannelsFor(tx: Queryable, appId: string, event: string): Promise<string[]> {
  const rows = await tx.query<{ channel_id: string }>(
    'channels_for',
    'SELECT channel_id FROM channels WHERE app_id = $1 AND (events IS NULL OR $2 = ANY (events)) FOR KEY SHARE',
    [appId, event],
  );
  return rows.map((row) => row.channel_id);
}

export interface NewDeliveries {
  readonly appId: string;
  readonly event: string;
  /** JSON. */
  readonly notice: string;
  readonly deliveries: readonly { readonly channelId: string; readonly deliveryId: string }[];
}

/** Every server hears of it when the transaction commits. */
export async function insertDeliveries(tx: Queryable, added: NewDeliveries): Promise<void> {
  await tx.query(
    'deliveries_insert',
    `INSERT INTO deliveries (app_id, delivery_id, channel_id, event, notice, status)
     SELECT $1, u.delivery_id, u.channel_id, $4, $5::json, 'pending'
     FROM unnest($2::uuid[], $3::uuid[]) AS u (delivery_id, channel_id)`,
    [
      added.appId,
      added.deliveries.map((one) => one.deliveryId),
      added.deliveries.map((one) => one.channelId),
      added.event,
      added.notice,
    ],
  );
  await tx.query('deliveries_notify', 'SELECT pg_notify($1, $2)', [OUTBOX_CHANNEL, '']);
}

/** Leases of what is due, of any app, but for the channels that are busy. Two servers never get the same one. */
export async function claimDeliveries(
  db: Queryable,
  of: { readonly leaseMs: number; readonly limit: number; readonly busy: readonly string[] },
): Promise<ClaimedDelivery[]> {
  return db.query<ClaimedDelivery>(
    'deliveries_claim',
    `WITH due AS (
       SELECT d.app_id, d.delivery_id FROM deliveries d
       WHERE d.status = 'pending' AND d.next_at <= clock_timestamp() AND d.channel_id <> ALL ($3::uuid[])
       ORDER BY d.next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     UPDATE deliveries d SET attempts = d.attempts + 1, attempted_at = clock_timestamp(),
       next_at = clock_timestamp() + $1 * interval '1 millisecond'
     FROM due WHERE d.app_id = due.app_id AND d.delivery_id = due.delivery_id
     RETURNING d.app_id, d.delivery_id, d.channel_id, d.event, d.notice, d.attempts`,
    [of.leaseMs, of.limit, of.busy],
  );
}

export interface AttemptResult {
  readonly code: string | null;
  readonly statusCode: number | null;
}

/** The last word on a delivery. False when the lease was lost: another server is at it. */
export async function finishDelivery(
  db: Queryable,
  claimed: ClaimedDelivery,
  status: 'delivered' | 'dead',
  result: AttemptResult,
): Promise<boolean> {
  const rows = await db.query(
    'delivery_finish',
    `UPDATE deliveries SET status = $4, code = $5, status_code = $6, finished_at = clock_timestamp()
     WHERE app_id = $1 AND delivery_id = $2 AND attempts = $3 AND status = 'pending' RETURNING 1`,
    [claimed.app_id, claimed.delivery_id, claimed.attempts, status, result.code, result.statusCode],
  );
  return rows.length === 1;
}

/** Once more after `delayMs`, give or take a fifth, so that what failed together does not come back together. */
export async function retryDelivery(
  db: Queryable,
  claimed: ClaimedDelivery,
  delayMs: number,
  result: AttemptResult,
): Promise<void> {
  await db.query(
    'delivery_retry',
    `UPDATE deliveries SET code = $5, status_code = $6,
       next_at = clock_timestamp() + $4 * (0.8 + 0.4 * random()) * interval '1 millisecond'
     WHERE app_id = $1 AND delivery_id = $2 AND attempts = $3 AND status = 'pending'`,
    [claimed.app_id, claimed.delivery_id, claimed.attempts, delayMs, result.code, result.statusCode],
  );
}

/** Newest first; one more than `limit` when there is a next page. */
export async function selectDeliveries(
  db: Queryable,
  of: { readonly appId: string; readonly channelId: string },
  before: string,
  limit: number,
): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(
    'deliveries_page',
    `SELECT app_id, delivery_id, channel_id, event, status, attempts, created_at, next_at, attempted_at,
       finished_at, code, status_code
     FROM deliveries WHERE app_id = $1 AND channel_id = $2 AND delivery_id < $3
     ORDER BY delivery_id DESC LIMIT $4`,
    [of.appId, of.channelId, before, limit + 1],
  );
}

/** What was finished more than `days` ago is forgotten, some at a time. */
export async function deleteOldDeliveries(db: Queryable, days: number): Promise<void> {
  await db.query(
    'deliveries_old',
    `DELETE FROM deliveries d USING (
       SELECT o.app_id, o.delivery_id FROM deliveries o
       WHERE o.status <> 'pending' AND o.finished_at < clock_timestamp() - $1 * interval '1 day' LIMIT 1000) old
     WHERE d.app_id = old.app_id AND d.delivery_id = old.delivery_id`,
    [days],
  );
}
