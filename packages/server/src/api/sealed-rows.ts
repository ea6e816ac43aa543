/** What the keyring seals beside the versions of credentials, and a rotation takes along. */
import { heldCalls } from '../approvals/blobs.ts';
import { channelSecrets } from '../notify/channel-secrets.ts';
import { totpSecrets } from '../people/totp.ts';
import type { Queryable } from '../store/database.ts';
import type { Keyring } from '../vault/keyring.ts';

export interface SealedRows {
  /** For the log. */
  readonly what: string;
  /** How many rows each key seals. */
  countByKey(db: Queryable): Promise<ReadonlyMap<string, number>>;
  /** Seals some rows that `formerId` seals anew, in a transaction that holds the primary key. */
  resealBatch(tx: Queryable, batch: ResealBatch): Promise<Resealed>;
}

export interface ResealBatch {
  readonly keyring: Keyring;
  readonly formerId: string;
  /** Where the batch before ended: its `next`. Undefined for the first. */
  readonly after: string | undefined;
  /** A row that does not open: it keeps its key from being disabled. */
  readonly onBroken: (about: Readonly<Record<string, unknown>>, error: unknown) => void;
}

export interface Resealed {
  readonly resealed: number;
  /** Undefined when there is nothing after this batch. */
  readonly next: string | undefined;
}

export const SEALED_ROWS: readonly SealedRows[] = [channelSecrets, heldCalls, totpSecrets];

/** Over all of them, by key. */
export async function countSealedRows(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const total = new Map<string, number>();
  for (const rows of SEALED_ROWS)
    for (const [keyId, count] of await rows.countByKey(db)) total.set(keyId, (total.get(keyId) ?? 0) + count);
  return total;
}
