/**
 * An audit event and its canonical bytes: what is hashed into the log (docs/audit.md describes the format for others).
 * Must never put `context`, `reason` or a URL's query into the hashed bytes: only salted digests of them, so that they can be
 * erased while the log still verifies.
 */
import { hash } from 'node:crypto';
import { canonicalJson, type JsonObject } from './context.ts';
import { eventIdOf, randomSlice } from './uuid.ts';

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

/** An event made ready for the database: split, encoded, hashed. */
export interface EncodedEvent {
  readonly event: AuditEvent;
  readonly at: string;
  /** Without the query. */
  readonly url: string | null;
  readonly urlQuery: string | null;
  readonly host: string | null;
  readonly reason: string | null;
  readonly caller: string | null;
  readonly contextText: string | null;
  readonly salts: Buffer;
  readonly canonical: Buffer;
  readonly leaf: Buffer;
}

export function encodeEvent(event: AuditEvent): EncodedEvent {
  const salts = Buffer.from(randomSlice(DETAIL_SALTS_BYTES));
  const { url, urlQuery } = splitUrl(cleanText(event.url));
  const host = url === null ? null : hostOf(url);
  const reason = cleanText(event.reason);
  const caller = cleanText(event.actor.caller);
  const contextText = event.context === null ? null : canonicalJson(event.context);
  const at = event.at.toISOString();
  // The leaf's prefix in front, so that the bytes are hashed where they lie.
  const hashed = Buffer.from(
    '\0' +
      JSON.stringify({
        v: 1,
        salt: randomSlice(SALT_BYTES).toString('base64url'),
        app_id: event.appId,
        event_id: eventIdOf(event.requestId, event.ordinal),
        kind: event.kind,
        at,
        key_id: event.actor.keyId,
        key_prefix: event.actor.keyPrefix,
        agent_id: event.actor.agentId,
        member_id: event.actor.memberId,
        caller,
        ip: event.actor.ip,
        grant_id: event.grantId,
        secret_id: event.secretId,
        provider: event.provider,
        mode: event.mode,
        method: event.method,
        url,
        query_digest: detailDigest(salts, 2, urlQuery),
        reason_digest: detailDigest(salts, 1, reason),
        context_digest: detailDigest(salts, 0, contextText),
        decision: event.decision,
        code: event.code,
        policy_id: event.policyId,
        status_code: event.statusCode,
        latency_ms: wholeNumber(event.latencyMs),
        bytes_in: wholeNumber(event.bytesIn),
        bytes_out: wholeNumber(event.bytesOut),
        flags: event.flags,
        approval_id: event.approvalId,
        epoch: event.epoch === null ? null : String(event.epoch),
      }),
  );
  return {
    event,
    at,
    url,
    urlQuery,
    host,
    reason,
    caller,
    contextText,
    salts,
    canonical: hashed.subarray(1),
    leaf: hash('sha256', hashed, 'buffer'),
  };
}

export function leafHash(canonical: Buffer): Buffer {
  return hash('sha256', Buffer.concat([LEAF_PREFIX, canonical]), 'buffer');
}

function detailDigest(salts: Buffer, slot: number, value: string | null): string | null {
  if (value === null) return null;
  const salt = salts.subarray(slot * SALT_BYTES, (slot + 1) * SALT_BYTES);
  return hash('sha256', Buffer.concat([DETAIL_PREFIX, salt, Buffer.from(value)]), 'base64url');
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
