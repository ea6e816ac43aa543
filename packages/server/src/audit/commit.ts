/**
 * One group of events, committed in one round trip: a statement that locks the apps' rows against a change of epoch, compares the
 * epochs that were decided under, and inserts the group; behind it the rows, by COPY. All or nothing (I4, I12).
 * Must never insert an event whose decision is stale, and never send a statement per event.
 */
import { createHmac, hash, type KeyObject } from 'node:crypto';
import { giveBack, type CopyMessages } from '../store/copy-rows.ts';
import { StaleEpoch, type Plain, type Queryable } from '../store/database.ts';
import { leafHash, type AuditEvent, type EncodedEvent } from './event.ts';
import { HASH_BYTES } from './merkle.ts';
import { encodeRows } from './rows.ts';

export const TAG_BYTES = 8;
const MANIFEST_PREFIX = Buffer.from('alter-audit-group-v1\n');

export interface PendingEvent {
  readonly encoded: EncodedEvent;
  /** The epoch that the call was decided under; null where nothing was decided. */
  readonly decidedEpoch: bigint | null;
}

/** What makes a group this writer's. */
export interface GroupSeal {
  readonly writerId: string;
  readonly groupKey: KeyObject;
}

export type CommitResult =
  | { readonly committed: true }
  | { readonly committed: false; readonly epochs: ReadonlyMap<string, bigint> };

/**
 * FOR SHARE conflicts with the UPDATE of `epoch`: a change that is being committed is waited for and then seen, one that comes
 * later waits for this commit (I12). Ordered, so that two groups never lock each other out. `audit_stale()` fails the statement, and
 * with it the rows that come behind.
 */
export const COMMIT_SQL = `
WITH locked AS MATERIALIZED (
  SELECT app_id, epoch FROM apps WHERE app_id = ANY($8::uuid[]) ORDER BY app_id FOR SHARE
)
INSERT INTO audit_groups (group_id, writer, leaf_count, leaf_hashes, tags, mac, app_ids, has_release)
SELECT $1::uuid, $2::uuid, length($3::bytea) / 32, $3::bytea, $4::bytea, $5::bytea, $6::uuid[], $7::boolean
WHERE CASE WHEN EXISTS (
  SELECT FROM unnest($8::uuid[], $9::bigint[]) AS decided (app_id, epoch)
  LEFT JOIN locked USING (app_id) WHERE locked.epoch IS DISTINCT FROM decided.epoch
) THEN audit_stale() ELSE true END`;

const EPOCHS_SQL = 'SELECT app_id, epoch FROM apps WHERE app_id = ANY($1::uuid[])';

/** Commits all of `events` as one group, or none when one of them is stale; then with the epochs as they are now. */
export async function commitGroup(
  db: Queryable,
  seal: GroupSeal,
  groupId: string,
  events: readonly PendingEvent[],
): Promise<CommitResult> {
  const { values, rows } = encodeGroup(seal, groupId, events);
  try {
    await db.queryAndCopy('audit.commit', COMMIT_SQL, values, rows);
    giveBack(rows);
    return { committed: true };
  } catch (thrown) {
    if (!(thrown instanceof StaleEpoch)) throw thrown;
  }
  const appIds = [...new Set(events.map(({ encoded }) => encoded.event.appId))];
  const found = await db.query<{ app_id: string; epoch: bigint }>('audit.epochs', EPOCHS_SQL, [appIds]);
  return { committed: false, epochs: new Map(found.map((row) => [row.app_id, row.epoch])) };
}

const GIVE_UP_SQL = `
INSERT INTO audit_groups (group_id, writer, leaf_count, leaf_hashes, tags, mac, app_ids, has_release)
VALUES ($1, $2, 0, '', '', '', '{}', false) ON CONFLICT (group_id) DO NOTHING`;

const GIVEN_UP_SQL = 'SELECT leaf_count FROM audit_groups WHERE group_id = $1';

/** What became of a group that was not acknowledged: from here on it is committed, or never will be. */
export async function wasCommitted(db: Queryable, groupId: string, writerId: string): Promise<boolean> {
  await db.query('audit.give_up', GIVE_UP_SQL, [groupId, writerId]);
  const rows = await db.query<{ leaf_count: number }>('audit.given_up', GIVEN_UP_SQL, [groupId]);
  return (rows[0]?.leaf_count ?? 0) > 0;
}

/** The values of COMMIT_SQL, and the rows. */
function encodeGroup(
  seal: GroupSeal,
  groupId: string,
  events: readonly PendingEvent[],
): { readonly values: Plain[]; readonly rows: CopyMessages } {
  const encoded = events.map((event) => event.encoded);
  const tags = groupTags(groupId, encoded);
  const leaves = Buffer.allocUnsafe((encoded.length + 1) * HASH_BYTES);
  leafHash(manifestOf(groupId, tags)).copy(leaves);
  const rows = encodeRows(groupId, encoded, leaves);
  const checks = epochChecks(events);
  const values = [
    groupId,
    seal.writerId,
    leaves,
    tags,
    groupMac(seal.groupKey, groupId, seal.writerId, tags, leaves),
    arrayLiteral([...new Set(encoded.map(({ event }) => event.appId))]),
    encoded.some(({ event }) => isRelease(event)),
    arrayLiteral(checks.map(([appId]) => appId)),
    arrayLiteral(checks.map(([, epoch]) => epoch)),
  ];
  return { values, rows };
}

/** The distinct (app, epoch) that the group's decisions stand on. */
function epochChecks(events: readonly PendingEvent[]): Array<[string, bigint]> {
  const checks: Array<[string, bigint]> = [];
  for (const { encoded, decidedEpoch } of events) {
    const { appId } = encoded.event;
    const isNew = checks.every(([app, epoch]) => app !== appId || epoch !== decidedEpoch);
    if (decidedEpoch !== null && isNew) checks.push([appId, decidedEpoch]);
  }
  return checks;
}

function isRelease(event: AuditEvent): boolean {
  return event.kind === 'call.authorized' && event.mode === 'request';
}

/**
 * The first leaf of each group says which of its events belong to which app, under a tag that only somebody who knows the app id
 * can make. It is what shows a removed event: the other leaves don't tell whose they are (I13).
 */
export function manifestOf(groupId: string, tags: Buffer): Buffer {
  return Buffer.concat([MANIFEST_PREFIX, uuidBytes(groupId), tags]);
}

export function groupMac(
  key: KeyObject,
  groupId: string,
  writerId: string,
  tags: Buffer,
  leaves: Buffer,
): Buffer {
  return createHmac('sha256', key)
    .update(uuidBytes(groupId))
    .update(uuidBytes(writerId))
    .update(tags)
    .update(leaves)
    .digest();
}

function groupTags(groupId: string, encoded: readonly EncodedEvent[]): Buffer {
  const group = uuidBytes(groupId);
  const tagOf = new Map<string, Buffer>();
  return Buffer.concat(
    encoded.map(({ event: { appId } }) => {
      let tag = tagOf.get(appId);
      if (!tag)
        tagOf.set(
          appId,
          (tag = hash('sha256', Buffer.concat([uuidBytes(appId), group]), 'buffer').subarray(0, TAG_BYTES)),
        );
      return tag;
    }),
  );
}

export function uuidBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** A PostgreSQL array literal of ids or numbers. */
function arrayLiteral(values: ReadonlyArray<string | bigint>): string {
  return `{${values.join(',')}}`;
}
