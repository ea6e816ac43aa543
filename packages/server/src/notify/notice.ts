/**
 * What a notice is. It says who, what, why and where to look; it must never hold a credential, nor the body of a call:
 * it leaves the vault, and lies in inboxes for years.
 */
import type { NoticeEvent } from '@alter-vault/contract';
import type { JsonObject } from '../audit/context.ts';

export interface Notice {
  /** `channel.test` is made by the test of a channel; nobody subscribes to it. */
  readonly kind: NoticeEvent | 'channel.test';
  readonly at: Date;
  /** Ids, names, method, host, path, reason, digest, times, the link of the approval. */
  readonly subject: JsonObject;
}
