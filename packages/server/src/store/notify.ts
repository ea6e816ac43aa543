/**
 * The outbox: notices on their way to channels. Every statement names its app; the claim of what is due spans apps, and
 * joins by app.
 */
import type { Queryable } from './database.ts';

/** Every server looks for what is due when it hears this. A hint. */
export const OUTBOX_CHANNEL = 'alter_outbox';

/** The channels of the app that want this event. */
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
     SELECT $1, u.delivery_id, u.channel_id, $4, $5::jsonb, 'pending'
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
