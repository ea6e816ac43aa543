/**
 * What the vault says of a held call (WIRE §9), read strictly: an answer that names no status is no answer of a
 * vault. Sends nothing and waits for nothing.
 */
import { errorOf } from './error-of.ts';
import { type AlterError, VaultUnreachableError } from './errors.ts';
import { isObject, textOf } from './json.ts';

/** `pending` → `approved` → `executing` → `executed` | `failed`; or `denied`, `expired`, `cancelled`. */
export type ApprovalStatus =
  | 'pending'
  | 'approved'
  | 'executing'
  | 'executed'
  | 'failed'
  | 'denied'
  | 'expired'
  | 'cancelled';

const STATUSES: ReadonlySet<string> = new Set<ApprovalStatus>([
  'pending',
  'approved',
  'executing',
  'executed',
  'failed',
  'denied',
  'expired',
  'cancelled',
]);
const OPEN: ReadonlySet<ApprovalStatus> = new Set<ApprovalStatus>(['pending', 'approved', 'executing']);

export interface ApprovalState {
  readonly approvalId: string;
  readonly status: ApprovalStatus;
  readonly requestId: string | undefined;
  readonly grantId: string | undefined;
  readonly method: string | undefined;
  readonly host: string | undefined;
  readonly approvalUrl: string | undefined;
  readonly requestDigest: string | undefined;
  readonly expiresAt: string | undefined;
  readonly decidedAt: string | undefined;
  readonly decisionReason: string | undefined;
  readonly executedAt: string | undefined;
  readonly hasResult: boolean;
  /** Why it ended as `failed`. */
  readonly failure: Failure | undefined;
}

interface Failure {
  readonly code: string;
  readonly message: string | undefined;
  readonly hint: string | undefined;
  readonly policyId: string | undefined;
  readonly mayHaveBeenSent: boolean;
}

/** Whether the call ended, one way or another. */
export const isFinal = (status: ApprovalStatus): boolean => !OPEN.has(status);

/** The state in an answer, which holds it as it is or under `approval`. */
export function parseState(answer: unknown, approvalId?: string): ApprovalState {
  const fields = isObject(answer) && isObject(answer['approval']) ? answer['approval'] : answer;
  const id = isObject(fields) ? (textOf(fields['approval_id']) ?? approvalId) : undefined;
  if (!isObject(fields) || id === undefined || !isStatus(fields['status'])) throw notAnApproval();
  return {
    approvalId: id,
    status: fields['status'],
    requestId: textOf(fields['request_id']),
    grantId: textOf(fields['grant_id']),
    method: textOf(fields['method']),
    host: textOf(fields['host']),
    approvalUrl: textOf(fields['approval_url']),
    requestDigest: textOf(fields['request_digest']),
    expiresAt: textOf(fields['expires_at']),
    decidedAt: textOf(fields['decided_at']),
    decisionReason: textOf(fields['decision_reason']),
    executedAt: textOf(fields['executed_at']),
    hasResult: fields['has_result'] === true,
    failure: isObject(fields['error']) ? parseFailure(fields['error']) : undefined,
  };
}

const isStatus = (value: unknown): value is ApprovalStatus =>
  typeof value === 'string' && STATUSES.has(value);

/** Unless the vault says that nothing was sent, something may have been. */
const parseFailure = (error: Record<string, unknown>): Failure => ({
  code: textOf(error['code']) ?? 'internal',
  message: textOf(error['message']),
  hint: textOf(error['hint']),
  policyId: textOf(error['policy_id']),
  mayHaveBeenSent: error['may_have_been_sent'] !== false,
});

const notAnApproval = (): VaultUnreachableError =>
  new VaultUnreachableError({ message: 'What answers at baseUrl is not a vault: it names no status.' });

/** The error that a state stands for, where the call ended without an answer of the upstream. */
export function errorOfState(state: ApprovalState): AlterError {
  const { status, approvalId, decisionReason, requestId } = state;
  if (status === 'failed') {
    const failure = state.failure ?? { code: 'internal', mayHaveBeenSent: true };
    return errorOf({ ...failure, requestId, approvalId });
  }
  const hint = decisionReason === undefined ? undefined : `The approver said: ${decisionReason}`;
  return errorOf({ code: `approval_${status}`, hint, requestId, approvalId, decisionReason });
}
