/**
 * One group of events, committed by one statement in one round trip. The statement locks the apps' rows against a change of
 * epoch, compares the epochs that were decided under, and inserts all or nothing (I4, I12).
 * Must never insert an event whose decision is stale, and never send a statement per event.
 */
import { createHmac, hash, type KeyObject } from 'node:crypto';
import type { Queryable } from '../store/database.ts';
import { leafHash, wholeNumber, type AuditEvent, type EncodedEvent, type EncodedSubject } from './event.ts';
import { monthOf } from './uuid.ts';

export const TAG_BYTES = 8;
const LEAF_BYTES = 32;
/** RFC 6962 §2.1. */
const LEAF_PREFIX = 0x00;
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

type Cell = string | number | bigint | null;
type Column = readonly [name: string, type: string, of: (encoded: EncodedEvent) => Cell];

/** What each event has for itself; a column that is null throughout is sent as null and costs nothing. */
const EVENT_COLUMNS: readonly Column[] = [
  ['request_id', 'uuid', (e) => e.event.requestId],
  ['at', 'timestamptz', (e) => e.at],
  ['latency_ms', 'integer', (e) => wholeNumber(e.event.latencyMs)],
];
/** What an event says, of which a group mostly has few combinations: each is sent and read about once. */
const SAYING_COLUMNS: readonly Column[] = [
  ['kind', 'text', (e) => e.event.kind],
  ['ordinal', 'smallint', (e) => e.event.ordinal],
  ['decision', 'text', (e) => e.event.decision],
  ['code', 'text', (e) => e.event.code],
  ['policy_id', 'uuid', (e) => e.event.policyId],
  ['status_code', 'integer', (e) => e.event.statusCode],
  ['bytes_in', 'bigint', (e) => wholeNumber(e.event.bytesIn)],
  ['bytes_out', 'bigint', (e) => wholeNumber(e.event.bytesOut)],
  ['flags', 'text', (e) => (e.event.flags.length === 0 ? null : e.event.flags.join(','))],
  ['epoch', 'bigint', (e) => e.event.epoch],
];
/** Whom and what many events of a group are about: each distinct combination is sent and read once. */
const SUBJECT_COLUMNS: readonly Column[] = [
  ['app_id', 'uuid', (e) => e.event.appId],
  ['month', 'date', (e) => monthOf(e.event.requestId)],
  ['context', 'jsonb', (e) => e.subject.contextText],
  ['reason', 'text', (e) => e.subject.reason],
  ['url_query', 'text', (e) => e.subject.urlQuery],
  ['key_id', 'uuid', (e) => e.event.actor.keyId],
  ['key_prefix', 'text', (e) => e.event.actor.keyPrefix],
  ['agent_id', 'uuid', (e) => e.event.actor.agentId],
  ['member_id', 'uuid', (e) => e.event.actor.memberId],
  ['caller', 'text', (e) => e.subject.caller],
  ['ip', 'text', (e) => e.event.actor.ip],
  ['grant_id', 'uuid', (e) => e.event.grantId],
  ['secret_id', 'uuid', (e) => e.event.secretId],
  ['provider', 'text', (e) => e.event.provider],
  ['mode', 'text', (e) => e.event.mode],
  ['method', 'text', (e) => e.event.method],
  ['url', 'text', (e) => e.subject.url],
  ['host', 'text', (e) => e.subject.host],
  ['approval_id', 'uuid', (e) => e.event.approvalId],
  ['salts', 'text', (e) => e.subject.salts?.toString('hex') ?? ''],
];

/** $1–$10 are the group's, $11–$14 where each event lies, what it says and which subject it has; the columns' arrays follow. */
const FIRST_COLUMN = 15;
const FIRST_SAYING = FIRST_COLUMN + EVENT_COLUMNS.length;
const FIRST_SUBJECT = FIRST_SAYING + SAYING_COLUMNS.length;
const names = (columns: readonly Column[]): string => columns.map(([name]) => name).join(', ');
/**
 * What a column stores of an event. Subscripts, not `unnest`: that makes a table of its own of each array, which costs more
 * than the rows in groups of fewer than 32 (measured: a call costs PostgreSQL 40 % less in groups of 8, 20 % in groups of 32).
 */
const storedValues = (columns: readonly Column[], first: number, index: string): string =>
  columns.map(([name, type], i) => (STORED[name] ?? same)(`($${first + i}::${type}[])[${index}]`)).join(', ');

const same = (sent: string): string => sent;
/** Columns that are sent in another form than they are stored. */
const STORED: Readonly<Record<string, (sent: string) => string>> = {
  flags: (sent) => `string_to_array(${sent}, ',')`,
  salts: (sent) => `decode(${sent}, 'hex')`,
};
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
  INSERT INTO audit_events (group_id, position, canonical, ${names(EVENT_COLUMNS)},
    ${names(SAYING_COLUMNS)}, ${names(SUBJECT_COLUMNS)})
  SELECT $1::uuid, i, substring($10::bytea FROM ($11::int[])[i] FOR ($12::int[])[i]),
    ${storedValues(EVENT_COLUMNS, FIRST_COLUMN, 'i')},
    ${storedValues(SAYING_COLUMNS, FIRST_SAYING, '($13::int[])[i]')},
    ${storedValues(SUBJECT_COLUMNS, FIRST_SUBJECT, '($14::int[])[i]')}
  FROM generate_subscripts($11::int[], 1) AS i
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
  const encoded = events.map((event) => event.encoded);
  const tags = groupTags(groupId, encoded);
  const laid = layOut(encoded);
  const leaves = leavesOf(manifestOf(groupId, tags), laid);
  const sayings = sayingsOf(encoded);
  const subjects = subjectsOf(encoded);
  const checks = epochChecks(events);
  return [
    groupId,
    seal.writerId,
    leaves,
    tags,
    groupMac(seal.groupKey, groupId, seal.writerId, tags, leaves),
    arrayLiteral([...new Set(encoded.map(({ event }) => event.appId))]),
    encoded.some(({ event }) => isRelease(event)),
    arrayLiteral(checks.map(([appId]) => appId)) ?? '{}',
    arrayLiteral(checks.map(([, epoch]) => epoch)) ?? '{}',
    laid.bytes,
    arrayLiteral(laid.starts.map((start) => start + 1)),
    arrayLiteral(laid.lengths),
    arrayLiteral(sayings.numbers),
    arrayLiteral(subjects.numbers),
    ...EVENT_COLUMNS.map((column) => columnLiteral(column, encoded)),
    ...SAYING_COLUMNS.map((column) => columnLiteral(column, sayings.distinct)),
    ...SUBJECT_COLUMNS.map((column) => columnLiteral(column, subjects.distinct)),
  ];
}

/** The canonical bytes of a group in one buffer, each behind the prefix of its leaf. */
interface Laid {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
}

function layOut(encoded: readonly EncodedEvent[]): Laid {
  const starts: number[] = [];
  const lengths: number[] = [];
  let at = 0;
  for (const { canonical } of encoded) {
    const length = Buffer.byteLength(canonical);
    starts.push(at + 1);
    lengths.push(length);
    at += 1 + length;
  }
  const bytes = Buffer.allocUnsafe(at);
  let end = 0;
  for (const { canonical } of encoded) {
    bytes[end] = LEAF_PREFIX;
    end += 1 + bytes.write(canonical, end + 1);
  }
  return { bytes, starts, lengths };
}

function leavesOf(manifest: Buffer, { bytes, starts, lengths }: Laid): Buffer {
  const leaves = Buffer.allocUnsafe((starts.length + 1) * LEAF_BYTES);
  leafHash(manifest).copy(leaves);
  for (let i = 0; i < starts.length; i += 1) {
    const start = starts[i] ?? 0;
    const prefixed = bytes.subarray(start - 1, start + (lengths[i] ?? 0));
    leaves.write(hash('sha256', prefixed, 'latin1'), (i + 1) * LEAF_BYTES, 'latin1');
  }
  return leaves;
}

/** Some events of the group, and for each of its events which of them has what it has, counted from 1. */
interface Shared {
  readonly distinct: readonly EncodedEvent[];
  readonly numbers: readonly number[];
}

/** A combination that was not among the last few comes again: that costs less than a longer search. */
const SAYINGS_COMPARED = 4;

function sayingsOf(encoded: readonly EncodedEvent[]): Shared {
  const distinct: EncodedEvent[] = [];
  const numbers = encoded.map((one) => {
    for (let i = distinct.length; i > 0 && i > distinct.length - SAYINGS_COMPARED; i -= 1) {
      const other = distinct[i - 1];
      if (other !== undefined && saysTheSame(one.event, other.event)) return i;
    }
    return distinct.push(one);
  });
  return { distinct, numbers };
}

function saysTheSame(one: AuditEvent, other: AuditEvent): boolean {
  return (
    one.kind === other.kind &&
    one.ordinal === other.ordinal &&
    one.decision === other.decision &&
    one.code === other.code &&
    one.policyId === other.policyId &&
    one.statusCode === other.statusCode &&
    one.bytesIn === other.bytesIn &&
    one.bytesOut === other.bytesOut &&
    one.epoch === other.epoch &&
    one.flags.length === other.flags.length &&
    one.flags.every((flag, i) => flag === other.flags[i])
  );
}

/** The events of a call, and mostly calls like it, share their subject; others may have an equal one. */
function subjectsOf(encoded: readonly EncodedEvent[]): Shared {
  const known = new Map<EncodedSubject | string, number>();
  const distinct: EncodedEvent[] = [];
  const numbers = encoded.map((one) => {
    const { subject } = one;
    let number = known.get(subject);
    if (number !== undefined) return number;
    number = known.get(subject.key) ?? distinct.push(one);
    known.set(subject, number).set(subject.key, number);
    return number;
  });
  return { distinct, numbers };
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

const PLAIN = /^[A-Za-z0-9_.:/+-]+$/;
/** Types whose text never needs quotes in an array. */
const BARE: ReadonlySet<string> = new Set(['uuid', 'integer', 'smallint', 'bigint', 'date', 'timestamptz']);

/** A PostgreSQL array literal, or null when every element is: made by hand since the driver's own is several times slower. */
function columnLiteral([, type, of]: Column, encoded: readonly EncodedEvent[]): string | null {
  const isBare = BARE.has(type);
  let text = '';
  let holdsValue = false;
  for (const one of encoded) {
    const value = of(one);
    if (value === null) text += ',NULL';
    else {
      holdsValue = true;
      text += isBare || typeof value !== 'string' ? `,${value}` : `,${element(value)}`;
    }
  }
  return holdsValue ? `{${text.slice(1)}}` : null;
}

/** The same of plain values; null for an empty one. */
function arrayLiteral(values: ReadonlyArray<string | number | bigint>): string | null {
  return values.length === 0 ? null : `{${values.join(',')}}`;
}

function element(value: string): string {
  if (PLAIN.test(value) && (value.length !== 4 || value.toLowerCase() !== 'null')) return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
