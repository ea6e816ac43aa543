/**
 * The audit events and notices of an approval. Its states stand under the request id of the held call, each kind once and
 * each with an ordinal of its own: the log, which nobody can take anything out of, is what shows that a row was put back.
 */
import { EMPTY_EVENT, type AuditActor, type AuditEvent } from '../audit/event.ts';
import type { JsonObject } from '../audit/context.ts';
import { monthOf } from '../audit/uuid.ts';
import type { Notice } from '../notify/outbox.ts';
import type { ApprovalRow } from '../store/approvals.ts';
import { selectKindsOf } from '../store/approvals.ts';
import type { Queryable } from '../store/database.ts';
import type { KeyRow, SecretRow } from '../store/deciding.ts';
import { IntegrityError } from '../vault/integrity.ts';
import type { HeldRequest } from './held-request.ts';
import type { ApprovalParts } from './parts.ts';

const ORDINALS = {
  'call.authorized': 1,
  'call.completed': 2,
  'approval.approved': 3,
  'approval.denied': 4,
  'approval.expired': 5,
  'approval.cancelled': 6,
  'approval.executed': 7,
  'approval.failed': 8,
} as const;
type StateKind = keyof typeof ORDINALS;

/** An event of the held call's own history. */
export function stateEvent(
  row: ApprovalRow,
  kind: StateKind,
  at: Date,
  about: Partial<AuditEvent> = {},
): AuditEvent {
  return {
    ...EMPTY_EVENT,
    actor: { ...EMPTY_EVENT.actor, keyId: row.key_id },
    grantId: row.grant_id,
    secretId: row.secret_id,
    mode: 'proxy',
    method: row.method,
    approvalId: row.approval_id,
    ...about,
    appId: row.app_id,
    requestId: row.request_id,
    ordinal: ORDINALS[kind],
    kind,
    at,
  };
}

/** What an event of the call itself says of it: the same as `call.held` did. */
export function ofCall(
  held: HeldRequest,
  key: KeyRow | undefined,
  secret: SecretRow | undefined,
): Partial<AuditEvent> {
  const actor: AuditActor = {
    keyId: key?.key_id ?? null,
    keyPrefix: key?.prefix ?? null,
    agentId: key?.agent_id ?? null,
    memberId: null,
    caller: held.said.caller,
    ip: held.said.ip,
  };
  return {
    actor,
    provider: secret?.template ?? secret?.name ?? null,
    url: held.said.url,
    reason: held.said.reason,
    context: held.said.context,
  };
}

/**
 * That the call was held, that people approved it, and that it neither ended nor was executed: by the log. A row that was
 * copied back from before it ended is found here. @throws IntegrityError
 */
export async function checkHistory(tx: Queryable, row: ApprovalRow): Promise<void> {
  const kinds = await selectKindsOf(tx, row.app_id, row.request_id, monthOf(row.request_id));
  const isOver = [
    'call.authorized',
    'approval.denied',
    'approval.expired',
    'approval.cancelled',
    'approval.executed',
    'approval.failed',
  ].some((kind) => kinds.has(kind));
  if (isOver || !kinds.has('call.held') || !kinds.has('approval.approved'))
    throw new IntegrityError(`the audit log tells another story of the approval ${row.approval_id}`);
}

/** Names, ids and where to look; never the body, never a credential. */
function notice(
  row: ApprovalRow,
  kind: Notice['kind'],
  at: Date,
  url: string,
  more: JsonObject = {},
): Notice {
  return {
    kind,
    at,
    subject: {
      approval_id: row.approval_id,
      status: row.status,
      approval_url: url,
      method: row.method,
      host: row.host,
      request_digest: row.request_digest.toString('hex'),
      grant_id: row.grant_id,
      secret_id: row.secret_id,
      key_id: row.key_id,
      expires_at: row.expires_at.toISOString(),
      ...more,
    },
  };
}

interface Told {
  readonly kind: Notice['kind'];
  readonly at: Date;
  readonly more?: JsonObject;
}

/** In the transaction of what is told. */
export function tell(
  parts: Pick<ApprovalParts, 'outbox' | 'approvalUrl'>,
  tx: Queryable,
  row: ApprovalRow,
  { kind, at, more = {} }: Told,
): Promise<void> {
  return parts.outbox.enqueue(
    tx,
    row.app_id,
    notice(row, kind, at, parts.approvalUrl(row.approval_id), more),
  );
}
