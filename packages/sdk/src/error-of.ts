/** From a code of the wire to the typed error, and what the SDK refuses by itself. Imports nothing but errors. */
import type { ErrorCode } from '@alter-vault/contract/errors';
import {
  type AlterErrorDetail,
  AlterError,
  ApprovalCancelledError,
  ApprovalDeniedError,
  ApprovalExpiredError,
  ApprovalStaleError,
  AuthenticationError,
  ConflictError,
  EgressDeniedError,
  GrantExpiredError,
  GrantRevokedError,
  HostNotAllowedError,
  IntegrityError,
  InternalError,
  InvalidRequestError,
  NotFoundError,
  PayloadTooLargeError,
  PermissionError,
  PolicyViolationError,
  ProxyRequiredError,
  QuotaExceededError,
  RateLimitedError,
  RoleRefusedError,
  UpstreamError,
  VaultUnavailableError,
} from './errors.ts';

const TYPE_OF_CODE: Record<ErrorCode, new (detail: AlterErrorDetail) => AlterError> = {
  invalid_request: InvalidRequestError,
  unauthenticated: AuthenticationError,
  second_factor_required: AuthenticationError,
  step_up_required: PermissionError,
  csrf_token_invalid: PermissionError,
  insufficient_scope: PermissionError,
  not_found: NotFoundError,
  grant_revoked: GrantRevokedError,
  grant_expired: GrantExpiredError,
  host_not_allowed: HostNotAllowedError,
  policy_denied: PolicyViolationError,
  proxy_required: ProxyRequiredError,
  egress_denied: EgressDeniedError,
  rate_limited: RateLimitedError,
  quota_exceeded: QuotaExceededError,
  conflict: ConflictError,
  payload_too_large: PayloadTooLargeError,
  approval_denied: ApprovalDeniedError,
  approval_expired: ApprovalExpiredError,
  approval_cancelled: ApprovalCancelledError,
  approval_stale: ApprovalStaleError,
  role_refused: RoleRefusedError,
  upstream_unreachable: UpstreamError,
  upstream_timeout: UpstreamError,
  upstream_too_large: UpstreamError,
  audit_unavailable: VaultUnavailableError,
  unavailable: VaultUnavailableError,
  overloaded: VaultUnavailableError,
  integrity_error: IntegrityError,
  internal: InternalError,
};

/** The typed error of a code of the wire; a code that this version does not know is a plain AlterError. */
export function errorOf(detail: AlterErrorDetail): AlterError {
  const Type = Object.hasOwn(TYPE_OF_CODE, detail.code) ? TYPE_OF_CODE[detail.code as ErrorCode] : AlterError;
  return new Type(detail);
}

/** `invalid_request` as the SDK itself finds it, before anything is sent. */
export const invalid = (path: string, message: string): InvalidRequestError =>
  new InvalidRequestError({
    code: 'invalid_request',
    message: `${path}: ${message}`,
    issues: [{ path, message }],
  });
