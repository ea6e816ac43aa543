/**
 * The way in of notifications: a notice is stored in the transaction of what it tells of, once for each channel of the
 * app that wants it. Never touches the network; the deliverer does, after the commit.
 */
import type { Json, JsonObject } from '../audit/context.ts';
import { newId } from '../ids.ts';
import type { Queryable } from '../store/database.ts';
import { insertDeliveries, selectChannelsFor } from '../store/notify.ts';
import type { Notice } from './notice.ts';

export type { Notice } from './notice.ts';

/** A notice is a few lines for a person; whoever needs more follows its link. */
const TEXT_CHARS_MAX = 2_000;

export class Outbox {
  /** In the caller's transaction: committed with it or not at all. */
  async enqueue(tx: Queryable, appId: string, notice: Notice): Promise<void> {
    const channelIds = await selectChannelsFor(tx, appId, notice.kind);
    if (channelIds.length === 0) return;
    await insertDeliveries(tx, {
      appId,
      event: notice.kind,
      notice: noticeText(notice),
      deliveries: channelIds.map((channelId) => ({ channelId, deliveryId: newId() })),
    });
  }
}

/** As it is stored. Long texts are cut: a notice never fails what it tells of. */
export function noticeText(notice: Notice): string {
  return JSON.stringify({ at: notice.at.toISOString(), subject: cut(notice.subject) });
}

function cut(value: Json): Json {
  if (typeof value === 'string') return cutText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(cut);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cut(item)]));
}

/** U+0000 and lone surrogates are no text to PostgreSQL. */
function cutText(text: string): string {
  const shown = text.toWellFormed().replaceAll('\0', '\ufffd');
  return shown.length <= TEXT_CHARS_MAX ? shown : `${shown.slice(0, TEXT_CHARS_MAX).toWellFormed()}…`;
}

const isList = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);
