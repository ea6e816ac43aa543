/**
 * The only list of error codes: code → status, sentence, hint, retryable (WIRE §3).
 * Holds no logic and imports nothing, so that the SDK can bundle it.
 */

export interface ErrorEntry {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The sentence the caller reads when the refusal brings none of its own. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
}

const entry = (status: number, message: string, hint: string, retryable = false): ErrorEntry => ({
  status,
  message,
  hint,
  retryable,
});

export const ERRORS = {
  invalid_request: entry(
    400,
    'The request is malformed.',
    'Correct the fields named in issues and send it again.',
  ),
  unauthenticated: entry(
    401,
    'No valid key or token came with the request.',
    'Send a current key as "Authorization: Bearer <key>" from an address that the key allows.',
  ),
  second_factor_required: entry(
    401,
    'A second factor is needed too.',
    'Send the request again with totp_code or recovery_code.',
  ),
  step_up_required: entry(
    403,
    'This needs proof that it is still you.',
    'Step up in one of the ways in step_up_methods (POST /v1/session/step-up), and repeat it within five minutes.',
  ),
  csrf_token_invalid: entry(
    403,
    'The request does not carry the token of this session.',
    'Send csrf_token of GET /v1/session as the header Alter-Csrf.',
  ),
  insufficient_scope: entry(
    403,
    'This key, token or role may not do that.',
    'Use a token with the scope named in the message, or ask an owner or admin.',
  ),
  not_found: entry(
    404,
    'There is no such thing here.',
    'Check the id; what belongs to another app does not exist for this caller.',
  ),
  grant_revoked: entry(403, 'The grant was revoked.', 'Ask an operator for a new grant.'),
  grant_expired: entry(
    403,
    'The grant has expired.',
    'Ask an operator for a new grant or a clone with a later expiry.',
  ),
  host_not_allowed: entry(
    403,
    'The target host is not among the allowed hosts of this credential.',
    'Call one of the allowed hosts, or have an operator add this host; that needs the credential again.',
  ),
  policy_denied: entry(
    403,
    'A policy denied the call.',
    'The operator can explain it with policies/evaluate.',
  ),
  proxy_required: entry(
    403,
    'This credential may not be released to the client; only proxy mode is possible.',
    'Use proxyRequest() (ANY /v1/proxy) instead of request().',
  ),
  egress_denied: entry(
    403,
    'The address of the target is private, reserved or otherwise never dialled.',
    'If this upstream is meant to be reachable, an operator adds its network to ALTER_EGRESS_ALLOW.',
  ),
  rate_limited: entry(429, 'Too many calls in too short a time.', 'Wait as long as Retry-After says.', true),
  quota_exceeded: entry(
    429,
    'The quota of the period is used up.',
    'Wait for the next period or ask an operator to raise the quota.',
    true,
  ),
  conflict: entry(
    409,
    'The request conflicts with what is already there.',
    'Read the current state and decide again.',
  ),
  payload_too_large: entry(
    413,
    'The request is larger than the configured limit.',
    'Send less, or have the limit raised.',
  ),
  approval_denied: entry(
    403,
    'The call was denied by an approver.',
    'Read decision_reason; a changed call may be asked for again.',
  ),
  approval_expired: entry(403, 'Nobody decided on the call in time.', 'Send the call again to ask anew.'),
  approval_cancelled: entry(403, 'The held call was cancelled.', 'Send the call again to ask anew.'),
  approval_stale: entry(
    409,
    'The credential, grant, binding or approver rights changed since the decision.',
    'Send the call again to ask anew.',
  ),
  role_refused: entry(
    502,
    'AWS STS did not assume the role of this credential.',
    'Nothing was sent to the target. An operator checks the role, its trust policy and the credential.',
  ),
  upstream_unreachable: entry(
    502,
    'The upstream could not be reached or broke the connection.',
    'Check that the upstream is up; whether it acted on the call is not known.',
  ),
  upstream_timeout: entry(
    504,
    'The upstream did not answer in time.',
    'Raise Alter-Timeout-Ms, or look at the upstream.',
  ),
  upstream_too_large: entry(
    502,
    'The answer of the upstream is larger than the configured limit.',
    'Ask the upstream for less.',
  ),
  audit_unavailable: entry(
    503,
    'The audit event could not be written, so nothing was sent.',
    'Try again shortly; operators look at /readyz.',
    true,
  ),
  unavailable: entry(
    503,
    'The vault cannot reach what it needs to decide.',
    'Try again shortly; operators look at /readyz.',
    true,
  ),
  overloaded: entry(503, 'The vault has too many calls at once.', 'Try again shortly, with back-off.', true),
  integrity_error: entry(
    500,
    'A stored row or ciphertext is not what was sealed; nothing was sent.',
    'Operators were alarmed; SECURITY.md says what to check.',
  ),
  internal: entry(
    500,
    'Something went wrong inside the vault.',
    'The request id leads operators to the details in the log.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorIssue {
  /** Where in the request, e.g. `credential.token` or `Alter-Url`. */
  readonly path: string;
  readonly message: string;
}

/** The body of every error answer that the vault itself makes. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint: string;
    readonly request_id: string;
    readonly issues?: readonly ErrorIssue[];
    /** Of `policy_denied`, `rate_limited` and `quota_exceeded`: which policy. */
    readonly policy_id?: string;
    /** Of `policy_denied`: RFC 3339 time from which the same call may pass, where that is a question of time. */
    readonly passes_at?: string;
    /** Of `second_factor_required`: which fields may carry it. */
    readonly second_factors?: readonly string[];
    /** Of `step_up_required`: how this member can step up. */
    readonly step_up_methods?: readonly string[];
  };
}
