/** Notification channels on the wire: where an app's notices go, and what became of each. */
import { z } from 'zod';
import { id, nameSchema, nullableTime, timeOut } from './pieces.ts';

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

/** An e-mail goes to a team, not to a mailing campaign. */
const RECIPIENTS_MAX = 50;
const MAILBOX_CHARS_MAX = 254;
const URL_CHARS_MAX = 2048;
const OVERLAP_SECONDS_MAX = 7 * 24 * 3600;
const OVERLAP_SECONDS = 24 * 3600;

/** One bare address (RFC 5321 §4.1.2 without quoted strings and address literals): no name, no brackets, nothing to inject. */
export const mailbox = z
  .string()
  .max(MAILBOX_CHARS_MAX)
  .regex(
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/,
    'must be a bare e-mail address',
  );

const events = z
  .array(z.enum(NOTICE_EVENTS))
  .min(1)
  .max(NOTICE_EVENTS.length)
  .refine((list) => new Set(list).size === list.length, 'must not name an event twice');
const url = z.string().min(1).max(URL_CHARS_MAX);
const to = z.array(mailbox).min(1).max(RECIPIENTS_MAX);

export const channel = z.object({
  channel_id: id,
  type: z.enum(CHANNEL_TYPES),
  name: z.string(),
  events: z.array(z.enum(NOTICE_EVENTS)).nullable().describe('null: every event'),
  url: z
    .string()
    .nullable()
    .describe('of a webhook; that of a Slack webhook is a credential and never shown'),
  to: z.array(z.string()).nullable(),
  from: z.string().nullable(),
  created_at: timeOut,
  updated_at: timeOut,
});

const signingSecret = z
  .string()
  .describe('whsec_ and base64 (Standard Webhooks); shown once, of a webhook only')
  .optional();

export const channelCreate = z.strictObject({
  name: nameSchema,
  type: z.enum(CHANNEL_TYPES),
  events: events.optional().describe('every event when left out'),
  url: url.optional().describe('of a webhook, or the incoming webhook URL of Slack'),
  to: to.optional().describe('of smtp'),
  from: mailbox.optional().describe('of smtp'),
});
export const channelCreated = channel.extend({ signing_secret: signingSecret });

export const channelChange = z.strictObject({
  name: nameSchema.optional(),
  events: events.nullable().optional().describe('null: every event'),
  url: url.optional().describe('another url gives a webhook a new signing secret'),
  to: to.optional(),
  from: mailbox.optional(),
});
export const channelChanged = channelCreated;

export const channelRotate = z.strictObject({
  overlap_seconds: z
    .number()
    .int()
    .min(0)
    .max(OVERLAP_SECONDS_MAX)
    .default(OVERLAP_SECONDS)
    .describe('how long notices carry the signature of the secret before, too'),
});
export const channelRotated = z.object({ signing_secret: z.string(), previous_expires_at: timeOut });

export const channelTested = z.object({
  ok: z.boolean(),
  status_code: z.number().int().nullable(),
  code: z.string().nullable().describe('why there was no success'),
});

export const delivery = z.object({
  delivery_id: id.describe('the webhook-id, and the same on every attempt'),
  event: z.string(),
  status: z.enum(['pending', 'delivered', 'dead']),
  attempts: z.number().int(),
  created_at: timeOut,
  next_attempt_at: nullableTime,
  last_attempt_at: nullableTime,
  finished_at: nullableTime,
  code: z.string().nullable(),
  status_code: z.number().int().nullable(),
});
