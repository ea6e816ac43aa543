"""The errors of the SDK: one class for each thing that a caller would treat differently, by the codes of the wire.

Never holds a key, a credential or a URL that a credential was injected into.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .error_table import ERRORS


class ErrorIssue(NamedTuple):
    """One field of a request that was wrong."""

    path: str
    message: str


class RateLimit(NamedTuple):
    """One limit that applies to the call, as `RateLimit` and `RateLimit-Policy` tell it."""

    name: str
    """The name that the vault gives it."""
    limit: int | None
    """Calls in a window."""
    window_ms: int | None
    """Length of the window in milliseconds."""
    remaining: int | None
    """Calls that are left now."""
    reset_ms: int | None
    """Milliseconds until there are more."""


@dataclass(frozen=True)
class ErrorDetail:
    """What is known of a failure; everything but the code may be absent."""

    code: str
    message: str | None = None
    status: int | None = None
    request_id: str | None = None
    hint: str | None = None
    retryable: bool | None = None
    may_have_been_sent: bool | None = None
    retry_after_ms: int | None = None
    issues: Sequence[ErrorIssue] = ()
    policy_id: str | None = None
    passes_at: str | None = None
    limits: Sequence[RateLimit] = field(default=())
    approval_id: str | None = None
    decision_reason: str | None = None


class AlterError(Exception):
    """What every error of the SDK is; `code` says which."""

    def __init__(self, detail: ErrorDetail) -> None:
        entry = ERRORS.get(detail.code)
        self.message: str = detail.message or (entry.message if entry else "The call failed.")
        super().__init__(self.message)
        self.args = (self.message,)
        self._detail = detail
        self.code: str = detail.code
        """Stable word for what happened: of the wire, or `vault_unreachable`, `timeout`, `closed`, `approval_pending`."""
        self.status: int | None = detail.status
        """HTTP status of the vault's answer; None where there was none."""
        self.request_id: str | None = detail.request_id
        """Finds the call in the audit log; None where the vault never saw it."""
        self.hint: str | None = detail.hint or (entry.hint if entry else None)
        """What to do about it."""
        self.retryable: bool = _first(detail.retryable, entry.retryable if entry else None, False)
        """Whether the same call may succeed later without anybody changing anything."""
        self.may_have_been_sent: bool = _first(
            detail.may_have_been_sent, None, detail.code.startswith("upstream_")
        )
        """Whether the upstream may have acted on the call."""
        self.issues: tuple[ErrorIssue, ...] = tuple(detail.issues)
        """Which fields of the request were wrong, for `invalid_request`."""

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        request_id = "" if self.request_id is None else f", request_id={self.request_id!r}"
        return f"{type(self).__name__}({self.code!r}, {self.message!r}{request_id})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it says, so that it crosses to other processes."""
        return (type(self), (self._detail,))

    def to_dict(self) -> dict[str, object]:
        """For logs: everything but the traceback."""
        return {
            "name": type(self).__name__,
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "request_id": self.request_id,
            "hint": self.hint,
            "retryable": self.retryable,
            "may_have_been_sent": self.may_have_been_sent,
            "issues": [issue._asdict() for issue in self.issues],
        }


def _first(said: bool | None, usual: bool | None, otherwise: bool) -> bool:
    if said is not None:
        return said
    return otherwise if usual is None else usual


class InvalidRequestError(AlterError):
    """The request is malformed; `issues` names the fields."""


class AuthenticationError(AlterError):
    """The API key is absent, wrong, expired, or not allowed from this address."""


class PermissionError(AlterError, builtins.PermissionError):
    """The API key may not do this. A builtin `PermissionError` too."""


class NotFoundError(AlterError):
    """There is no such grant or approval for this key."""


class GrantRevokedError(AlterError):
    """The grant was revoked."""


class GrantExpiredError(AlterError):
    """The grant has expired."""


class HostNotAllowedError(AlterError):
    """The target is not among the hosts that the credential is bound to."""


class PolicyViolationError(AlterError):
    """A policy denied the call; `hint` names it and says when it may pass."""

    policy_id: str | None
    """Which policy; None where the vault does not say."""
    passes_at: str | None
    """RFC 3339 time from which the same call may pass, as of a time window; None where time alone changes nothing."""

    def __init__(self, detail: ErrorDetail) -> None:
        super().__init__(detail)
        self.policy_id = detail.policy_id
        self.passes_at = detail.passes_at

    def to_dict(self) -> dict[str, object]:
        return {**super().to_dict(), "policy_id": self.policy_id, "passes_at": self.passes_at}


class ProxyRequiredError(AlterError):
    """The credential is not released to clients: use `proxy_request()`."""


class EgressDeniedError(AlterError):
    """The address of the target is never dialled by the vault."""


class RateLimitedError(AlterError):
    """A rate limit was reached."""

    retry_after_ms: int | None
    """How long the vault says to wait; None where it does not say."""
    policy_id: str | None
    """Which policy; None for the limit of the API key itself."""
    limits: tuple[RateLimit, ...]
    """What `RateLimit` and `RateLimit-Policy` say of each limit that applies; empty where they say nothing."""

    def __init__(self, detail: ErrorDetail) -> None:
        super().__init__(detail)
        self.retry_after_ms = detail.retry_after_ms
        self.policy_id = detail.policy_id
        self.limits = tuple(detail.limits)

    def to_dict(self) -> dict[str, object]:
        return {
            **super().to_dict(),
            "retry_after_ms": self.retry_after_ms,
            "policy_id": self.policy_id,
            "limits": [limit._asdict() for limit in self.limits],
        }


class QuotaExceededError(RateLimitedError):
    """The quota of the period is used up."""


class ConflictError(AlterError):
    """The request conflicts with what is already there."""


class PayloadTooLargeError(AlterError):
    """The request is larger than a configured limit."""


class ApprovalEndedError(AlterError):
    """A held call ended without being made: what the errors of the `approval_…` codes share."""

    approval_id: str | None
    """Which held call; None where the vault does not say."""
    decision_reason: str | None
    """What the approver said to it."""

    def __init__(self, detail: ErrorDetail) -> None:
        super().__init__(detail)
        self.approval_id = detail.approval_id
        self.decision_reason = detail.decision_reason

    def to_dict(self) -> dict[str, object]:
        return {
            **super().to_dict(),
            "approval_id": self.approval_id,
            "decision_reason": self.decision_reason,
        }


class ApprovalDeniedError(ApprovalEndedError):
    """An approver said no; `decision_reason` holds what they said to it."""


class ApprovalExpiredError(ApprovalEndedError):
    """Nobody decided in time. Send the call again to ask anew."""


class ApprovalCancelledError(ApprovalEndedError):
    """The held call was given up by who asked for it."""


class ApprovalStaleError(ApprovalEndedError):
    """The credential, the grant, its hosts or an approver's rights changed after the decision. Send the call again to ask anew."""


class UpstreamError(AlterError):
    """The upstream could not be reached, broke off, took too long or answered too much."""


class RoleRefusedError(AlterError):
    """AWS STS did not assume the role of the credential; nothing was sent to the target. `hint` says what an operator corrects."""


class VaultUnavailableError(AlterError):
    """The vault is up but can't serve the call now; nothing was sent."""


class IntegrityError(AlterError):
    """Something stored in the vault is not what was sealed; nothing was sent."""


class InternalError(AlterError):
    """A fault inside the vault; `request_id` leads operators to it."""


class VaultUnreachableError(AlterError):
    """No connection to the vault itself, or what answered there is not a vault."""


class TimeoutError(AlterError, builtins.TimeoutError):
    """`timeout` was over before the answer began. A builtin `TimeoutError` too."""


class ClosedError(AlterError):
    """The client was closed."""


_TYPE_OF_CODE: dict[str, type[AlterError]] = {
    "invalid_request": InvalidRequestError,
    "unauthenticated": AuthenticationError,
    "second_factor_required": AuthenticationError,
    "step_up_required": PermissionError,
    "csrf_token_invalid": PermissionError,
    "insufficient_scope": PermissionError,
    "not_found": NotFoundError,
    "grant_revoked": GrantRevokedError,
    "grant_expired": GrantExpiredError,
    "host_not_allowed": HostNotAllowedError,
    "policy_denied": PolicyViolationError,
    "proxy_required": ProxyRequiredError,
    "egress_denied": EgressDeniedError,
    "rate_limited": RateLimitedError,
    "quota_exceeded": QuotaExceededError,
    "conflict": ConflictError,
    "payload_too_large": PayloadTooLargeError,
    "approval_denied": ApprovalDeniedError,
    "approval_expired": ApprovalExpiredError,
    "approval_cancelled": ApprovalCancelledError,
    "approval_stale": ApprovalStaleError,
    "upstream_unreachable": UpstreamError,
    "upstream_timeout": UpstreamError,
    "upstream_too_large": UpstreamError,
    "role_refused": RoleRefusedError,
    "audit_unavailable": VaultUnavailableError,
    "unavailable": VaultUnavailableError,
    "overloaded": VaultUnavailableError,
    "integrity_error": IntegrityError,
    "internal": InternalError,
}


def error_of(detail: ErrorDetail) -> AlterError:
    """The typed error of a code of the wire; a code that this version does not know is a plain AlterError."""
    return _TYPE_OF_CODE.get(detail.code, AlterError)(detail)


def invalid(path: str, message: str) -> InvalidRequestError:
    """`invalid_request` as the SDK itself finds it, before anything is sent."""
    issue = ErrorIssue(path, message)
    return InvalidRequestError(ErrorDetail("invalid_request", message=f"{path}: {message}", issues=(issue,)))


def unreachable(message: str, **known: Any) -> VaultUnreachableError:
    """`vault_unreachable`, with what else is known of it."""
    hint = "Check base_url (ALTER_BASE_URL) and that the vault runs there."
    return VaultUnreachableError(replace(ErrorDetail("vault_unreachable", message, hint=hint), **known))


def timed_out(message: str = "The call took longer than timeout.", **known: Any) -> TimeoutError:
    """`timeout`, with what else is known of it."""
    return TimeoutError(replace(ErrorDetail("timeout", message, hint="Raise timeout."), **known))
