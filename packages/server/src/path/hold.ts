/**
 * The hold of a call that only people may let go (WIRE §9): its body read whole, what will be sent worked out less the
 * credential, sealed and written down by `approvals/`, and the caller answered 202. Opens no credential and sends nothing.
 */
import type { Allowed } from '../access/authorize.ts';
import type { BodyFacts } from '../access/policies/types.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import type { HeldMessage } from '../approvals/held-request.ts';
import { requestDigest } from '../approvals/held-request.ts';
import { answerJson } from '../front/answer-json.ts';
import { hasBody } from '../front/framing.ts';
import { lessCredential } from '../injection/inject.ts';
import type { ApprovalRow } from '../store/approvals.ts';
import type { KeyRow, SecretRow } from '../store/deciding.ts';
import { askForBody, holdBody } from './body.ts';
import { plainMessage } from './chunked-body.ts';
import type { CallEntry } from './entry.ts';
import { valuesOf } from './headers.ts';
import type { CallRequest, PathParts } from './parts.ts';
import { outgoingRequest, withIdentityCoding } from './outgoing.ts';
import type { Exchange } from './proxy.ts';

/** Body facts before anything of it was read. */
export function unreadBody(exchange: Exchange): BodyFacts {
  return hasBody(exchange.request) ? UNREAD : NONE;
}
const UNREAD: BodyFacts = { kind: 'unread' };
const NONE: BodyFacts = { kind: 'none' };

/** The whole body, once; the caller is asked for it now. @throws Refusal `payload_too_large` */
export async function readWhole(path: PathParts, exchange: Exchange): Promise<Buffer | null> {
  if (exchange.body !== undefined) return exchange.body;
  const { request, response } = exchange;
  askForBody(request, response);
  const { heldBodyBytesMax, deadlines } = path.settings;
  const { body } = await holdBody(request, heldBodyBytesMax, deadlines.idleMs);
  exchange.body = Buffer.isBuffer(body) ? body : null;
  return exchange.body;
}

/** A call with everything that is known of it when it is to be held. */
export interface Holding {
  readonly exchange: Exchange;
  readonly entry: CallEntry;
  readonly snapshot: AppSnapshot;
  readonly key: KeyRow;
  readonly request: CallRequest & { readonly timeoutMs?: number | undefined };
  readonly allowed: Allowed;
}

/**
 * Holds the call, or finds it held before under its Idempotency-Key, and then counts it on no limit. `stale`: what decides
 * has changed meanwhile; decide again (I12).
 */
export async function holdCall(
  path: PathParts,
  call: Holding,
  countOnce: () => Promise<unknown>,
): Promise<ApprovalRow | 'stale'> {
  const { exchange, entry, snapshot, key, request, allowed } = call;
  const body = await readWhole(path, exchange);
  const message = sentMessage(path, allowed.secret, request, body);
  const idempotencyKey = valuesOf(exchange.request.rawHeaders, 'idempotency-key').join(', ') || undefined;
  const event = entry.heldEvent(snapshot.epoch, allowed.flags);
  const known = await path.approvals.findHeld(key, idempotencyKey, {
    grantId: allowed.grant.grant_id,
    digest: requestDigest(message),
  });
  if (known !== undefined) {
    await path.audit.record({
      ...event,
      approvalId: known.approval_id,
      flags: [...event.flags, 'held_before'],
    });
    entry.held();
    return known;
  }
  await countOnce();
  const { actor, url, reason, context } = event;
  const held = await path.approvals.hold({
    event,
    orgId: snapshot.orgId,
    epoch: snapshot.epoch,
    key,
    grant: allowed.grant,
    secret: allowed.secret,
    host: request.target.authority,
    held: {
      ...message,
      calledUrl: request.target.origin + request.target.rawPath + queryOf(request),
      timeoutMs: request.timeoutMs ?? null,
      said: { url, reason, caller: actor.caller, context, ip: actor.ip ?? '' },
    },
    terms: allowed.holds,
    idempotencyKey,
  });
  if (held !== 'stale') entry.held();
  return held;
}

const queryOf = ({ target }: Pick<CallRequest, 'target'>): string =>
  target.hasQuery ? `?${target.query}` : '';

/**
 * What will be sent, less the credential. A body in chunks is held without its framing, and signed whole when it is sent:
 * people see the bytes that S3 would store, and checksums that followed it are headers.
 */
export function sentMessage(
  path: PathParts,
  secret: SecretRow,
  request: CallRequest,
  body: Buffer | null,
): HeldMessage {
  const compiled = path.injectionOf(secret);
  const outgoing = outgoingRequest({ request, secret });
  const plain = plainMessage(compiled, outgoing.headers, body);
  const sent = lessCredential(
    compiled,
    { ...outgoing, headers: plain.headers },
    {
      slots: path.slots,
      defaultHeaders: secret.default_headers,
    },
  );
  const { target } = request;
  const query = sent.query === '' ? (target.hasQuery && target.query === '' ? '?' : '') : `?${sent.query}`;
  return {
    method: request.method,
    url: target.origin + sent.path + query,
    headers: withIdentityCoding(sent.headers),
    body: plain.body,
  };
}

/** Held, not refused: the answer says where to ask and what was held. */
export function answerHeld(path: PathParts, { response, requestId }: Exchange, row: ApprovalRow): void {
  if (response.destroyed) return;
  const body = {
    approval: {
      approval_id: row.approval_id,
      status: row.status,
      approval_url: path.approvalUrl(row.approval_id),
      request_digest: row.request_digest.toString('hex'),
      expires_at: row.expires_at.toISOString(),
    },
  };
  const headers = ['Alter-Approval', row.approval_id];
  answerJson(response, { status: 202, reason: 'Accepted', requestId, headers, body });
}
