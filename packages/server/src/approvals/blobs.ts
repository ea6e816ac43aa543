/**
 * The sealed request and result of a held call: bound to the app, the approval and which of the two it is. Takes part in
 * rotations of the wrapping key.
 */
import type { KeyringHolder } from '../access/keyring-holder.ts';
import type { ResealBatch, Resealed } from '../api/sealed-rows.ts';
import type { Queryable } from '../store/database.ts';
import {
  countBlobsByKey,
  findBlob,
  insertBlob,
  selectBlobsUnder,
  updateBlob,
  type BlobKind,
  type BlobPlace,
} from '../store/approval-blobs.ts';
import type { ApprovalId } from '../store/approvals.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { lengthPrefixed } from '../vault/parts.ts';
import { blobKeyId, openBlob, resealBlob, sealBlob } from '../vault/seal-blob.ts';
import { Secret } from '../vault/secret.ts';
import type { Keyring } from '../vault/keyring.ts';

const label = (kind: BlobKind): string => `approval-${kind}`;
const contextOf = ({ app_id, approval_id }: ApprovalId): Buffer => lengthPrefixed([app_id, approval_id]);

/** In a transaction. */
export async function storeBlob(
  tx: Queryable,
  keyring: Keyring,
  of: ApprovalId & { readonly kind: BlobKind },
  content: Buffer,
): Promise<void> {
  const sealed = sealBlob(keyring, label(of.kind), contextOf(of), Secret.fromBytes(content));
  const { app_id, approval_id, kind } = of;
  await insertBlob(tx, { app_id, approval_id, kind, key_id: blobKeyId(sealed), sealed });
}

/** Undefined once it is shredded. @throws IntegrityError */
export async function loadBlob(
  db: Queryable,
  holder: KeyringHolder,
  of: ApprovalId,
  kind: BlobKind,
): Promise<Buffer | undefined> {
  const row = await findBlob(db, of, kind);
  if (row === undefined) return undefined;
  // Another server may have rotated the keyring a moment ago.
  if (holder.current().find(row.key_id) === undefined) await holder.reload();
  return openBlob(holder.current(), label(kind), contextOf(of), row.sealed).reveal();
}

/** Few at a time: each may be as large as a held body. */
const BATCH_ROWS = 4;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** For rotations of the wrapping key. */
export const heldCalls = {
  what: 'held calls',
  countByKey: (db: Queryable): Promise<ReadonlyMap<string, number>> => countBlobsByKey(db),
  async resealBatch(tx: Queryable, batch: ResealBatch): Promise<Resealed> {
    const rows = await selectBlobsUnder(tx, batch.formerId, placeAfter(batch.after), BATCH_ROWS);
    let resealed = 0;
    for (const row of rows) {
      try {
        const sealed = resealBlob(batch.keyring, label(row.kind), contextOf(row), row.sealed);
        await updateBlob(tx, { ...row, key_id: blobKeyId(sealed), sealed });
        resealed += 1;
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error;
        batch.onBroken({ app_id: row.app_id, approval_id: row.approval_id }, error);
      }
    }
    const last = rows.at(-1);
    return { resealed, next: last && [last.app_id, last.approval_id, last.kind].join('/') };
  },
};

function placeAfter(after: string | undefined): BlobPlace {
  const [app = NIL_UUID, approval = NIL_UUID, kind = ''] = after?.split('/') ?? [];
  return { app_id: app, approval_id: approval, kind };
}
