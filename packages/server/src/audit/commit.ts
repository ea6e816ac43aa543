/**
 * One group of events, committed by one statement in one round trip. The statement locks the apps' rows against a change of
 * epoch, compares the epochs that were decided under, and inserts all or nothing (I4, I12).
 * Must never insert an event whose decision is stale, and never send a statement per event.
 */
import { createHmac, hash, type KeyObject } from 'node:crypto';
import type { Queryable } from '../store/database.ts';
import { leafHash, wholeNumber, type AuditEvent, type EncodedEvent } from './event.ts';
import { monthOf } from './uuid.ts';

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

/** The statement's columns of one event; `unnest` pads with nulls, so a column that is null throughout costs nothing. */
const COLUMNS: ReadonlyArray<
  readonly [name: string, type: string, of: (encoded: EncodedEvent) => string | number | bigint | null]
> = [
  ['app_id', 'uuid', (e) => e.event.appId],
  ['month', 'date', (e) => monthOf(e.event.requestId)],
  ['request_id', 'uuid', (e) => e.event.requestId],
  ['kind', 'text', (e) => e.event.kind],
  ['ordinal', 'smallint', (e) => e.event.ordinal],
  ['at', 'timestamptz', (e) => e.at],
  ['context', 'jsonb', (e) => e.contextText],
  ['reason', 'text', (e) => e.reason],
  ['url_query', 'text', (e) => e.urlQuery],
  ['key_id', 'uuid', (e) => e.event.actor.keyId],
  ['key_prefix', 'text', (e) => e.event.actor.keyPrefix],
  ['agent_id', 'uuid', (e) => e.event.actor.agentId],
  ['member_id', 'uuid', (e) => e.event.actor.memberId],
  ['caller', 'text', (e) => e.caller],
  ['ip', 'text', (e) => e.event.actor.ip],
  ['grant_id', 'uuid', (e) => e.event.grantId],
  ['secret_id', 'uuid', (e) => e.event.secretId],
  ['provider', 'text', (e) => e.event.provider],
  ['mode', 'text', (e) => e.event.mode],
  ['method', 'text', (e) => e.event.method],
  ['url', 'text', (e) => e.url],
  ['host', 'text', (e) => e.host],
  ['decision', 'text', (e) => e.event.decision],
  ['code', 'text', (e) => e.event.code],
  ['policy_id', 'uuid', (e) => e.event.policyId],
  ['status_code', 'integer', (e) => e.event.statusCode],
  ['latency_ms', 'integer', (e) => wholeNumber(e.event.latencyMs)],
  ['bytes_in', 'bigint', (e) => wholeNumber(e.event.bytesIn)],
  ['bytes_out', 'bigint', (e) => wholeNumber(e.event.bytesOut)],
  ['flags', 'text', (e) => (e.event.flags.length === 0 ? null : e.event.flags.join(','))],
  ['approval_id', 'uuid', (e) => e.event.approvalId],
  ['epoch', 'bigint', (e) => e.event.epoch],
];

/** $1–$12 are the group's; the columns' arrays follow. */
const FIRST_COLUMN = 13;
const INSERTED = COLUMNS.map(([name]) => name).join(', ');
const SELECTED = COLUMNS.map(([name]) =>
  name === 'flags' ? "string_to_array(e.flags, ',')" : `e.${name}`,
).join(', ');
const ARRAYS = COLUMNS.map(([, type], index) => `$${FIRST_COLUMN + index}::${type}[]`).join(', ');
/**
 * FOR SHARE conflicts with the UPDATE of `epoch`: a change that is being committed is waited for and then seen, one that comes
 * later waits for this commit (I12). Ordered, so that two groups never lock each other out.
 */
export const COMMIT_SQL = `
WITH locked AS MATERIALIZED (
  SELECT app_id, epoch FROM apps WHERE app_id = ANY($8::uuid[]) ORDER BY app_id FOR SHARE
), stale AS MATERIALIZED (
  SELECT 1 FROM unnest($8::uuid[], $9::bigint[]) AS decided (app_id, epoch)
  LEFT JOIN locked USING (app_id) WHERE locked.epoch IS DISTINCT FROM decided.epoch
), grouped AS (
  INSERT INTO audit_groups (group_id, writer, leaf_count, leaf_hashes, tags, mac, app_ids, has_release)
  SELECT $1::uuid, $2::uuid, length($3::bytea) / 32, $3::bytea, $4::bytea, $5::bytea, $6::uuid[], $7::boolean
  WHERE NOT EXISTS (SELECT FROM stale) RETURNING 1
), inserted AS (
  INSERT INTO audit_events (group_id, position, canonical, salts, ${INSERTED})
  SELECT $1::uuid, e.position, substring($10::bytea FROM e.start FOR e.length), substring($12::bytea FROM (e.position * 48 - 47)::int FOR 48), ${SELECTED}
  FROM (
    SELECT u.*, (sum(u.length) OVER (ORDER BY u.position) - u.length + 1)::int AS start
    FROM unnest($11::int[], ${ARRAYS}) WITH ORDINALITY AS u (length, ${INSERTED}, position)
  ) AS e
  WHERE NOT EXISTS (SELECT FROM stale)
)
SELECT locked.app_id, locked.epoch, g.groups
FROM (SELECT count(*)::int AS groups FROM grouped) AS g LEFT JOIN locked ON true`;

interface CommitRow {
  readonly app_id: string | null;
  readonly epoch: bigint | null;
  readonly groups: number;
}

/** Commits all of `events` as one group, or none when one of them is stale; then with the epochs as they are now. */
export async function commitGroup(
  db: Queryable,
  seal: GroupSeal,
  groupId: string,
  events: readonly PendingEvent[],
): Promise<CommitResult> {
  const rows = await db.query<CommitRow>('audit.commit', COMMIT_SQL, groupValues(seal, groupId, events));
  if (rows[0]?.groups === 1) return { committed: true };
  const epochs = new Map<string, bigint>();
  for (const row of rows) if (row.app_id !== null && row.epoch !== null) epochs.set(row.app_id, row.epoch);
  return { committed: false, epochs };
}

function groupValues(seal: GroupSeal, groupId: string, events: readonly PendingEvent[]): unknown[] {
  const tags = groupTags(groupId, events);
  const leaves = Buffer.concat([
    leafHash(manifestOf(groupId, tags)),
    ...events.map(({ encoded }) => encoded.leaf),
  ]);
  const checks = epochChecks(events);
  const appIds = [...new Set(events.map(({ encoded }) => encoded.event.appId))];
  return [
    groupId,
    seal.writerId,
    leaves,
    tags,
    groupMac(seal.groupKey, groupId, seal.writerId, tags, leaves),
    arrayLiteral(appIds),
    events.some(({ encoded }) => isRelease(encoded.event)),
    arrayLiteral(checks.map(([appId]) => appId)) ?? '{}',
    arrayLiteral(checks.map(([, epoch]) => epoch)) ?? '{}',
    Buffer.concat(events.map(({ encoded }) => encoded.canonical)),
    arrayLiteral(events.map(({ encoded }) => encoded.canonical.length)),
    Buffer.concat(events.map(({ encoded }) => encoded.salts)),
    ...COLUMNS.map(([, , of]) => arrayLiteral(events.map(({ encoded }) => of(encoded)))),
  ];
}

/** The distinct (app, epoch) that the group's decisions stand on. */
function epochChecks(events: readonly PendingEvent[]): Array<[string, bigint]> {
  const checks = new Map<string, [string, bigint]>();
  for (const { encoded, decidedEpoch } of events) {
    if (decidedEpoch !== null)
      checks.set(`${encoded.event.appId} ${decidedEpoch}`, [encoded.event.appId, decidedEpoch]);
  }
  return [...checks.values()];
}

export function isRelease(event: AuditEvent): boolean {
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

function groupTags(groupId: string, events: readonly PendingEvent[]): Buffer {
  const group = uuidBytes(groupId);
  const tagOf = new Map<string, Buffer>();
  return Buffer.concat(
    events.map(({ encoded }) => {
      const { appId } = encoded.event;
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

const PLAIN = /^[A-Za-z0-9_.:/+-]+$/;

/** A PostgreSQL array literal, or null when every element is: made by hand since the driver's own is several times slower. */
function arrayLiteral(values: ReadonlyArray<string | number | bigint | null>): string | null {
  let text = '';
  let holdsValue = false;
  for (const value of values) {
    if (text !== '') text += ',';
    if (value === null) text += 'NULL';
    else {
      holdsValue = true;
      text += typeof value === 'string' ? element(value) : String(value);
    }
  }
  return holdsValue ? `{${text}}` : null;
}

function element(value: string): string {
  if (PLAIN.test(value) && (value.length !== 4 || value.toLowerCase() !== 'null')) return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
