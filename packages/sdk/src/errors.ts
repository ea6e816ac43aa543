/**
 * The errors of the SDK: one class for each thing that a caller would treat differently, made from the
 * codes of the wire. Never holds a key, a credential or a URL that a credential was injected into.
 */
import { ERRORS, type ErrorCode, type ErrorIssue } from '@alter-vault/contract/errors';
import type { RateLimit } from './rate-limit.ts';

export type { ErrorCode, ErrorIssue, RateLimit };

/** Codes of failures that the vault did not answer itself. */
export type SdkErrorCode = 'vault_unreachable' | 'timeout' | 'closed' | 'approval_pending';

/** Every code that the SDK knows; a newer vault may send others. */
export type AlterErrorCode = ErrorCode | SdkErrorCode | (string & {});

export interface AlterErrorDetail {
  readonly code: AlterErrorCode;
  readonly message?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly hint?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly mayHaveBeenSent?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly issues?: readonly ErrorIssue[] | undefined;
  readonly policyId?: string | undefined;
  readonly passesAt?: string | undefined;
  readonly rateLimits?: readonly RateLimit[] | undefined;
  readonly approvalId?: string | undefined;
  readonly decisionReason?: string | undefined;
  readonly cause?: unknown;
}

type TableEntry = (typeof ERRORS)[ErrorCode];

const inTable = (code: string): TableEntry | undefined =>
  Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : undefined;

/** Puts the name on the prototype, so that a stack shows it and no property of an instance does. */
const named = (type: { prototype: object }, name: string): void => {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
};

/** What every error of the SDK is; `code` says which. */
export class AlterError extends Error {
  static {
    named(this, 'AlterError');
  }
  /** Stable word for what happened; the list is that of the wire, plus {@link SdkErrorCode}. */
  readonly code: AlterErrorCode;
  /** HTTP status of the vault's answer; undefined where there was none. */
  readonly status: number | undefined;
  /** Finds the call in the audit log; undefined where the vault never saw it. */
  readonly requestId: string | undefined;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Whether the upstream may have acted on the call. */
  readonly mayHaveBeenSent: boolean;
  /** Which fields of the request were wrong, for `invalid_request`. */
  readonly issues: readonly ErrorIssue[];

  constructor(detail: AlterErrorDetail) {
    const entry = inTable(detail.code);
    super(
      detail.message ?? entry?.message ?? 'The call failed.',
      detail.cause === undefined ? undefined : { cause: detail.cause },
    );
    this.code = detail.code;
    this.status = detail.status;
    this.requestId = detail.requestId;
    this.hint = detail.hint ?? entry?.hint;
    this.retryable = detail.retryable ?? entry?.retryable ?? false;
    this.mayHaveBeenSent = detail.mayHaveBeenSent ?? detail.code.startsWith('upstream_');
    this.issues = detail.issues ?? [];
  }

  /** For logs: everything but the stack and the cause. */
  toJSON(): Record<string, unknown> {
    const { name, message, code, status, requestId, hint, retryable, mayHaveBeenSent, issues } = this;
    return { name, message, code, status, requestId, hint, retryable, mayHaveBeenSent, issues };
  }
}

/** The request is malformed; `issues` names the fields. */
export class InvalidRequestError extends AlterError {
  static {
    named(this, 'InvalidRequestError');
  }
}

/** The API key is absent, wrong, expired, or not allowed from this address. */
export class AuthenticationError extends AlterError {
  static {
    named(this, 'AuthenticationError');
  }
}

/** The API key may not do this. */
export class PermissionError extends AlterError {
  static {
    named(this, 'PermissionError');
  }
}

/** There is no such grant or approval for this key. */
export class NotFoundError extends AlterError {
  static {
    named(this, 'NotFoundError');
  }
}

/** The grant was revoked. */
export class GrantRevokedError extends AlterError {
  static {
    named(this, 'GrantRevokedError');
  }
}

/** The grant has expired. */
export class GrantExpiredError extends AlterError {
  static {
    named(this, 'GrantExpiredError');
  }
}

/** The target is not among the hosts that the credential is bound to. */
export class HostNotAllowedError extends AlterError {
  static {
    named(this, 'HostNotAllowedError');
  }
}

/** A policy denied the call; `hint` names it and says when it may pass. */
export class PolicyViolationError extends AlterError {
  static {
    named(this, 'PolicyViolationError');
  }
  /** Which policy; undefined where the vault does not say. */
  readonly policyId: string | undefined;
  /** RFC 3339 time from which the same call may pass, as of a time window; undefined where time alone changes nothing. */
  readonly passesAt: string | undefined;

  constructor(detail: AlterErrorDetail) {
    super(detail);
    this.policyId = detail.policyId;
    this.passesAt = detail.passesAt;
  }

  override toJSON(): Record<string, unknown> {
    const { policyId, passesAt } = this;
    return { ...super.toJSON(), policyId, passesAt };
  }
}

/** The credential is not released to clients: use `proxyRequest()`. */
export class ProxyRequiredError extends AlterError {
  static {
    named(this, 'ProxyRequiredError');
  }
}

/** The address of the target is never dialled by the vault. */
export class EgressDeniedError extends AlterError {
  static {
    named(this, 'EgressDeniedError');
  }
}

/** A rate limit was reached. */
export class RateLimitedError extends AlterError {
  static {
    named(this, 'RateLimitedError');
  }
  /** How long the vault says to wait; undefined where it does not say. */
  readonly retryAfterMs: number | undefined;
  /** Which policy; undefined for the limit of the API key itself. */
  readonly policyId: string | undefined;
  /** What `RateLimit` and `RateLimit-Policy` say of each limit that applies; empty where they say nothing. */
  readonly limits: readonly RateLimit[];

  constructor(detail: AlterErrorDetail) {
    super(detail);
    this.retryAfterMs = detail.retryAfterMs;
    this.policyId = detail.policyId;
    this.limits = detail.rateLimits ?? [];
  }

  override toJSON(): Record<string, unknown> {
    const { retryAfterMs, policyId, limits } = this;
    return { ...super.toJSON(), retryAfterMs, policyId, limits };
  }
}

/** The quota of the period is used up. */
export class QuotaExceededError extends RateLimitedError {
  static {
    named(this, 'QuotaExceededError');
  }
}

/** The request conflicts with what is already there. */
export class ConflictError extends AlterError {
  static {
    named(this, 'ConflictError');
  }
}

/** The request is larger than a configured limit. */
export class PayloadTooLargeError extends AlterError {
  static {
    named(this, 'PayloadTooLargeError');
  }
}

/** A held call ended without being made: what the subclasses of the `approval_…` codes share. */
export class ApprovalEndedError extends AlterError {
  static {
    named(this, 'ApprovalEndedError');
  }
  /** Which held call; undefined where the vault does not say. */
  readonly approvalId: string | undefined;
  /** What the approver said to it. */
  readonly decisionReason: string | undefined;

  constructor(detail: AlterErrorDetail) {
    super(detail);
    this.approvalId = detail.approvalId;
    this.decisionReason = detail.decisionReason;
  }

  override toJSON(): Record<string, unknown> {
    const { approvalId, decisionReason } = this;
    return { ...super.toJSON(), approvalId, decisionReason };
  }
}

/** An approver said no; `decisionReason` holds what they said to it. */
export class ApprovalDeniedError extends ApprovalEndedError {
  static {
    named(this, 'ApprovalDeniedError');
  }
}

/** Nobody decided in time. Send the call again to ask anew. */
export class ApprovalExpiredError extends ApprovalEndedError {
  static {
    named(this, 'ApprovalExpiredError');
  }
}

/** The held call was given up by who asked for it. */
export class ApprovalCancelledError extends ApprovalEndedError {
  static {
    named(this, 'ApprovalCancelledError');
  }
}

/** The credential, the grant, its hosts or an approver's rights changed after the decision. Send the call again to ask anew. */
export class ApprovalStaleError extends ApprovalEndedError {
  static {
    named(this, 'ApprovalStaleError');
  }
}

/** AWS STS did not assume the role of the credential; nothing was sent to the target. `hint` says what an operator corrects. */
export class RoleRefusedError extends AlterError {
  static {
    named(this, 'RoleRefusedError');
  }
}

/** The upstream could not be reached, broke off, took too long or answered too much. */
export class UpstreamError extends AlterError {
  static {
    named(this, 'UpstreamError');
  }
}

/** The vault is up but can't serve the call now; nothing was sent. */
export class VaultUnavailableError extends AlterError {
  static {
    named(this, 'VaultUnavailableError');
  }
}

/** Something stored in the vault is not what was sealed; nothing was sent. */
export class IntegrityError extends AlterError {
  static {
    named(this, 'IntegrityError');
  }
}

/** A fault inside the vault; `requestId` leads operators to it. */
export class InternalError extends AlterError {
  static {
    named(this, 'InternalError');
  }
}

/** No connection to the vault itself, or what answered there is not a vault. */
export class VaultUnreachableError extends AlterError {
  static {
    named(this, 'VaultUnreachableError');
  }
  constructor(detail: Omit<AlterErrorDetail, 'code'>) {
    super({
      hint: 'Check baseUrl (ALTER_BASE_URL) and that the vault runs there.',
      ...detail,
      code: 'vault_unreachable',
    });
  }
}

/** `timeoutMs` was over before the answer began. */
export class TimeoutError extends AlterError {
  static {
    named(this, 'TimeoutError');
  }
  constructor(detail: Omit<AlterErrorDetail, 'code'>) {
    super({
      message: 'The call took longer than timeoutMs.',
      hint: 'Raise timeoutMs.',
      ...detail,
      code: 'timeout',
    });
  }
}

/** The client was closed. */
export class ClosedError extends AlterError {
  static {
    named(this, 'ClosedError');
  }
  constructor() {
    super({ code: 'closed', message: 'This client was closed.', hint: 'Make another one.' });
  }
}
