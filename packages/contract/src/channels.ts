/** Notification channels on the wire: where an app's notices go, and what became of each. */
import { z } from 'zod';

/** What a channel can be told of. */
export const NOTICE_EVENTS = [
  'approval.requested',
  'approval.decided',
  'approval.executed',
  'approval.failed',
  'approval.expired',
  'approval.cancelled',
  'secret.rotation_due',
] as const;
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

export const CHANNEL_TYPES = ['webhook', 'slack', 'smtp'] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

export const noticeEvent = z.enum(NOTICE_EVENTS);
