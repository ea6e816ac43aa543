/**
 * The events of a group as rows of `audit_events`, in the binary form of COPY, with the leaf of each. What events have alike is
 * encoded once. Must never leave out a column of what an event says: what is searched has to say what is hashed.
 */
import { hash } from 'node:crypto';
import {
  copyFromStdin,
  CopyRows,
  encodeFields,
  type CopyMessages,
  type FieldWriter,
} from '../store/copy-rows.ts';
import { wholeNumber, type AuditEvent, type EncodedEvent } from './event.ts';
import { HASH_BYTES } from './merkle.ts';
import { monthOf } from './uuid.ts';

/** RFC 6962 §2.1. */
const LEAF_PREFIX = 0x00;

/** What an event says for itself. */
const EVENT_COLUMNS = ['group_id', 'position', 'canonical', 'request_id', 'at', 'latency_ms'] as const;

/** Fields that rows have alike: each distinct combination is encoded once. */
type Column = readonly [name: string, write: (to: FieldWriter, of: EncodedEvent) => void];

/** What an event says, of which a group mostly has few combinations. */
const SAYING_COLUMNS: readonly Column[] = [
  ['kind', (to, { event }) => to.text(event.kind)],
  ['ordinal', (to, { event }) => to.smallint(event.ordinal)],
  ['decision', (to, { event }) => to.text(event.decision)],
  ['code', (to, { event }) => to.text(event.code)],
  ['policy_id', (to, { event }) => to.uuid(event.policyId)],
  ['status_code', (to, { event }) => to.integer(event.statusCode)],
  ['bytes_in', (to, { event }) => to.bigint(wholeNumber(event.bytesIn))],
  ['bytes_out', (to, { event }) => to.bigint(wholeNumber(event.bytesOut))],
  ['flags', (to, { event }) => to.textArray(event.flags)],
  ['epoch', (to, { event }) => to.bigint(event.epoch)],
];
/** Whom and what an event is about: calls of a grant mostly share it. */
const SUBJECT_COLUMNS: readonly Column[] = [
  ['app_id', (to, { event }) => to.uuid(event.appId)],
  ['month', (to, { event }) => to.date(monthOf(event.requestId))],
  ['context', (to, { subject }) => to.jsonb(subject.contextText)],
  ['reason', (to, { subject }) => to.text(subject.reason)],
  ['url_query', (to, { subject }) => to.text(subject.urlQuery)],
  ['key_id', (to, { event }) => to.uuid(event.actor.keyId)],
  ['key_prefix', (to, { event }) => to.text(event.actor.keyPrefix)],
  ['agent_id', (to, { event }) => to.uuid(event.actor.agentId)],
  ['member_id', (to, { event }) => to.uuid(event.actor.memberId)],
  ['caller', (to, { subject }) => to.text(subject.caller)],
  ['ip', (to, { event }) => to.text(event.actor.ip)],
  ['grant_id', (to, { event }) => to.uuid(event.grantId)],
  ['secret_id', (to, { event }) => to.uuid(event.secretId)],
  ['provider', (to, { event }) => to.text(event.provider)],
  ['mode', (to, { event }) => to.text(event.mode)],
  ['method', (to, { event }) => to.text(event.method)],
  ['url', (to, { subject }) => to.text(subject.url)],
  ['host', (to, { subject }) => to.text(subject.host)],
  ['approval_id', (to, { event }) => to.uuid(event.approvalId)],
  ['salts', (to, { subject }) => to.bytea(subject.salts ?? NO_SALTS)],
];
const NO_SALTS = Buffer.alloc(0);
const COLUMNS = [...EVENT_COLUMNS, ...[...SAYING_COLUMNS, ...SUBJECT_COLUMNS].map(([name]) => name)];

/** Binary and by COPY: an INSERT of arrays costs PostgreSQL twice as much a row, and Node the making of some thirty texts. */
const COPY = copyFromStdin(
  'audit.rows',
  `COPY audit_events (${COLUMNS.join(', ')}) FROM STDIN (FORMAT binary)`,
);

/** The rows of a group, for `queryAndCopy`, which are to be given back. Also writes the leaf of each event to `leaves`, behind the manifest's. */
export function encodeRows(groupId: string, encoded: readonly EncodedEvent[], leaves: Buffer): CopyMessages {
  const rows = new LeafRows(COPY);
  const group = encodeFields((to) => to.uuid(groupId));
  const sayings = new Sayings();
  let position = 0;
  for (const one of encoded) {
    position += 1;
    rows.row(COLUMNS.length);
    rows.fields(group);
    rows.smallint(position);
    leaves.write(rows.canonical(one), position * HASH_BYTES, 'latin1');
    rows.uuid(one.event.requestId);
    rows.timestamptz(one.event.at.getTime());
    rows.integer(wholeNumber(one.event.latencyMs));
    rows.fields(sayings.of(one));
    rows.fields((one.subject.fields ??= encodeColumns(SUBJECT_COLUMNS, one)));
  }
  return rows.finish();
}

class LeafRows extends CopyRows {
  /** Writes canonical bytes; answers their leaf as latin1. */
  canonical({ own, subject: { members } }: EncodedEvent): string {
    const length = own.length + members.length;
    this.makeRoom(4 + length);
    const { bytes } = this;
    const start = bytes.writeInt32BE(length, this.at);
    bytes.write(own, start, 'latin1');
    members.copy(bytes, start + own.length);
    this.at = start + length;
    const before = bytes[start - 1] ?? 0;
    // Hashed where they lie: the last byte of their length makes room for the prefix meanwhile.
    bytes[start - 1] = LEAF_PREFIX;
    const leaf = hash('sha256', bytes.subarray(start - 1, this.at), 'latin1');
    bytes[start - 1] = before;
    return leaf;
  }
}

function encodeColumns(columns: readonly Column[], of: EncodedEvent): Buffer {
  return encodeFields((to) => {
    for (const [, write] of columns) write(to, of);
  });
}

/** A combination that was not among the last few comes again: that costs less than a longer search. */
const SAYINGS_COMPARED = 4;

/** The encoded fields of what the events of a group say. */
class Sayings {
  readonly #known: Array<{ readonly event: AuditEvent; readonly fields: Buffer }> = [];

  of(one: EncodedEvent): Buffer {
    const known = this.#known.find(({ event }) => saysTheSame(one.event, event));
    if (known !== undefined) return known.fields;
    const fields = encodeColumns(SAYING_COLUMNS, one);
    this.#known.unshift({ event: one.event, fields });
    if (this.#known.length > SAYINGS_COMPARED) this.#known.pop();
    return fields;
  }
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
