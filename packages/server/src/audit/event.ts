/**
 * An audit event and its canonical bytes: what is hashed into the log (docs/audit.md describes the format for others).
 * Must never put `context`, `reason` or a URL's query into the hashed bytes: only salted digests of them, so that they can be
 * erased while the log still verifies.
 */
import { hash } from 'node:crypto';
import { canonicalJson, type JsonObject } from './context.ts';
import { eventIdOf, monthOf, randomSlice, randomText } from './uuid.ts';

export type CallKind = 'call.authorized' | 'call.denied' | 'call.held' | 'call.completed';
/** A call's kinds, and `<noun>.<participle>` for every change: `secret.created`, `approval.decided`, `member.signed_in` … */
export type AuditKind = CallKind | `${string}.${string}`;
export type AuditDecision = 'allow' | 'deny' | 'hold';

export interface AuditActor {
  readonly keyId: string | null;
  readonly keyPrefix: string | null;
  readonly agentId: string | null;
  readonly memberId: string | null;
  readonly caller: string | null;
  readonly ip: string | null;
}

export interface AuditEvent {
  readonly appId: string;
  /** UUIDv7 whose lowest four bits are zero. */
  readonly requestId: string;
  /** 0 to 15: which event of its request this is. */
  readonly ordinal: number;
  readonly kind: AuditKind;
  readonly at: Date;
  readonly actor: AuditActor;
  readonly grantId: string | null;
  readonly secretId: string | null;
  readonly provider: string | null;
  readonly mode: string | null;
  readonly method: string | null;
  /** The caller's URL before injection, through `redactUrl`. */
  readonly url: string | null;
  readonly reason: string | null;
  /** Out of `parseContext`. */
  readonly context: JsonObject | null;
  readonly decision: AuditDecision | null;
  readonly code: string | null;
  readonly policyId: string | null;
  readonly statusCode: number | null;
  readonly latencyMs: number | null;
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
  readonly flags: readonly string[];
  readonly approvalId: string | null;
  /** The app's epoch that was decided under, or, for a change, the new one. */
  readonly epoch: bigint | null;
}

export const NO_ACTOR: AuditActor = {
  keyId: null,
  keyPrefix: null,
  agentId: null,
  memberId: null,
  caller: null,
  ip: null,
};

/** An event with everything null that may be: spread it and set what is known. */
export const EMPTY_EVENT: Omit<AuditEvent, 'appId' | 'requestId' | 'ordinal' | 'kind' | 'at'> = {
  actor: NO_ACTOR,
  grantId: null,
  secretId: null,
  provider: null,
  mode: null,
  method: null,
  url: null,
  reason: null,
  context: null,
  decision: null,
  code: null,
  policyId: null,
  statusCode: null,
  latencyMs: null,
  bytesIn: null,
  bytesOut: null,
  flags: [],
  approvalId: null,
  epoch: null,
};

export const SALT_BYTES = 16;
/** Salts of context, reason and query, in this order, in one column. */
export const DETAIL_SALTS_BYTES = 3 * SALT_BYTES;
/** RFC 6962 §2.1 domain separation; 0x00 and 0x01 are leaf and node, 0x02 is ours for details. */
const LEAF_PREFIX = Buffer.of(0x00);
const DETAIL_PREFIX = Buffer.of(0x02);

/** What the events of one call say alike, split and encoded once. */
export interface EncodedSubject {
  /** Without the query. */
  readonly url: string | null;
  readonly urlQuery: string | null;
  readonly host: string | null;
  readonly reason: string | null;
  readonly caller: string | null;
  readonly contextText: string | null;
  /** Undefined where there is no detail to salt. */
  readonly salts: Buffer | undefined;
  /** The members of the canonical object that follow the event's own, to its end, in UTF-8. */
  readonly members: Buffer;
  /** These and the event's own, as fields of its row, once a group has needed them. */
  fields: Buffer | undefined;
}

/** An event made ready for its group: its canonical bytes are `own` and then the members of its subject. */
export interface EncodedEvent {
  readonly event: AuditEvent;
  readonly subject: EncodedSubject;
  /** The canonical object's beginning, with the members that are the event's own. ASCII: ids, numbers, times and words of ours. */
  readonly own: string;
}

/** `subject`: of another event of the same call, which spares encoding it again. */
export function encodeEvent(event: AuditEvent, subject = encodeSubject(event)): EncodedEvent {
  const own =
    `{"v":1,"salt":"${randomText()}","app_id":"${event.appId}","event_id":"${eventIdOf(event.requestId, event.ordinal)}"` +
    `,"kind":"${event.kind}","at":"${isoText(event.at.getTime())}","decision":${plain(event.decision)},"code":${plain(event.code)}` +
    `,"policy_id":${plain(event.policyId)},"status_code":${event.statusCode},"latency_ms":${wholeNumber(event.latencyMs)}` +
    `,"bytes_in":${wholeNumber(event.bytesIn)},"bytes_out":${wholeNumber(event.bytesOut)}` +
    `,"flags":${event.flags.length === 0 ? '[]' : JSON.stringify(event.flags)}` +
    `,"epoch":${event.epoch === null ? 'null' : `"${event.epoch}"`}`;
  return { event, subject, own };
}

/** What is the same in all events of a call: whoever writes several encodes it once. */
export function encodeSubject(event: AuditEvent): EncodedSubject {
  const { url, urlQuery } = splitUrl(cleanText(event.url));
  const reason = cleanText(event.reason);
  const caller = cleanText(event.actor.caller);
  const contextText = event.context === null ? null : canonicalJson(event.context);
  const hasDetail = urlQuery !== null || reason !== null || contextText !== null;
  const salts = hasDetail ? Buffer.from(randomSlice(DETAIL_SALTS_BYTES)) : undefined;
  const { actor } = event;
  const members =
    `,"key_id":${plain(actor.keyId)},"key_prefix":${quoted(actor.keyPrefix)},"agent_id":${plain(actor.agentId)}` +
    `,"member_id":${plain(actor.memberId)},"caller":${quoted(caller)},"ip":${quoted(actor.ip)}` +
    `,"grant_id":${plain(event.grantId)},"secret_id":${plain(event.secretId)},"provider":${quoted(event.provider)}` +
    `,"mode":${plain(event.mode)},"method":${quoted(event.method)},"url":${quoted(url)}` +
    `,"query_digest":${detailDigest(salts, 2, urlQuery)},"reason_digest":${detailDigest(salts, 1, reason)}` +
    `,"context_digest":${detailDigest(salts, 0, contextText)},"approval_id":${plain(event.approvalId)}}`;
  return {
    url,
    urlQuery,
    host: url === null ? null : hostOf(url),
    reason,
    caller,
    contextText,
    salts,
    members: Buffer.from(members),
    fields: undefined,
  };
}

interface SubjectOfGrant {
  /** An event that has it. */
  readonly of: AuditEvent;
  /** Of that event, worked out once: its id is of another minute than the one that is known. */
  readonly month: string;
  readonly subject: EncodedSubject;
}

/** The latest subject of each grant: most calls are about the same as the call before. */
const latestSubjects = new WeakMap<object, SubjectOfGrant>();

/** As `encodeSubject`, for an event of a call with this grant. */
export function subjectOfGrant(grant: object, event: AuditEvent): EncodedSubject {
  const latest = latestSubjects.get(grant);
  const month = monthOf(event.requestId);
  if (latest?.month === month && isAboutTheSame(latest.of, event)) return latest.subject;
  const subject = encodeSubject(event);
  // Details are salted for each call.
  if (subject.salts === undefined) latestSubjects.set(grant, { of: event, month, subject });
  return subject;
}

function isAboutTheSame(one: AuditEvent, other: AuditEvent): boolean {
  return (
    one.url === other.url &&
    one.reason === other.reason &&
    one.context === other.context &&
    one.method === other.method &&
    one.mode === other.mode &&
    one.appId === other.appId &&
    one.grantId === other.grantId &&
    one.secretId === other.secretId &&
    one.provider === other.provider &&
    one.approvalId === other.approvalId &&
    isSameActor(one.actor, other.actor)
  );
}

function isSameActor(one: AuditActor, other: AuditActor): boolean {
  return (
    one.keyId === other.keyId &&
    one.keyPrefix === other.keyPrefix &&
    one.agentId === other.agentId &&
    one.memberId === other.memberId &&
    one.caller === other.caller &&
    one.ip === other.ip
  );
}

const quoted = (text: string | null): string => (text === null ? 'null' : JSON.stringify(text));
/** Ids and words of ours, which hold nothing to be escaped. */
const plain = (text: string | null): string => (text === null ? 'null' : `"${text}"`);

export function leafHash(canonical: Buffer): Buffer {
  return hash('sha256', Buffer.concat([LEAF_PREFIX, canonical]), 'buffer');
}

function detailDigest(salts: Buffer | undefined, slot: number, value: string | null): string {
  if (value === null || salts === undefined) return 'null';
  const salt = salts.subarray(slot * SALT_BYTES, (slot + 1) * SALT_BYTES);
  return `"${hash('sha256', Buffer.concat([DETAIL_PREFIX, salt, Buffer.from(value)]), 'base64url')}"`;
}

/** Events of one group are mostly of the same milliseconds. */
let lastIso = { timeMs: Number.NaN, text: '' };

function isoText(timeMs: number): string {
  if (timeMs !== lastIso.timeMs) lastIso = { timeMs, text: new Date(timeMs).toISOString() };
  return lastIso.text;
}

function splitUrl(whole: string | null): { url: string | null; urlQuery: string | null } {
  const start = whole?.indexOf('?') ?? -1;
  if (whole === null || start < 0) return { url: whole, urlQuery: null };
  return { url: whole.slice(0, start), urlQuery: whole.slice(start + 1) };
}

/** A clock hands out fractions; an integer column would refuse the whole event for one. */
export function wholeNumber(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value);
}

/** The authority of a canonical URL; cheaper than parsing what was parsed already. */
function hostOf(url: string): string | null {
  const start = url.indexOf('://');
  if (start < 0) return null;
  const end = url.indexOf('/', start + 3);
  return end < 0 ? url.slice(start + 3) : url.slice(start + 3, end);
}

/** PostgreSQL text holds neither NUL nor lone surrogates; free text must not be able to fail the insert (lesson 9). */
function cleanText(text: string | null): string | null {
  if (text === null) return null;
  const wellFormed = text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}
