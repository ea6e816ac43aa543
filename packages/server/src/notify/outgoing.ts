/** One notice on its way through one channel; types only. */
import type { JsonObject } from '../audit/context.ts';
import type { ChannelRow } from '../store/channels.ts';
import type { Notice } from './notice.ts';

export interface Outgoing {
  /** The same at every attempt. */
  readonly deliveryId: string;
  readonly event: Notice['kind'];
  /** When it happened; RFC 3339. */
  readonly at: string;
  readonly appId: string;
  readonly appName: string;
  readonly subject: JsonObject;
  readonly channel: ChannelRow;
}

/**
 * Why an attempt failed: `refused` is an answer of the receiver that is no success (its status says which), `not_configured`
 * that this server has no mail server; the others are error codes of the API.
 */
export type FailureCode =
  | 'refused'
  | 'not_configured'
  | 'egress_denied'
  | 'upstream_unreachable'
  | 'upstream_timeout'
  | 'upstream_too_large'
  | 'integrity_error'
  | 'unavailable'
  | 'internal';

export type Outcome =
  | { readonly ok: true; readonly statusCode: number | null }
  | { readonly ok: false; readonly statusCode: number | null; readonly code: FailureCode };
