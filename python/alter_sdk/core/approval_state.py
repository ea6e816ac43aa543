"""What the vault says of a held call (WIRE §9), read strictly: an answer that names no status is no answer of a vault."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, cast, get_args

from ..errors import AlterError, ErrorDetail, error_of, unreachable

ApprovalStatus = Literal[
    "pending", "approved", "executing", "executed", "failed", "denied", "expired", "cancelled"
]
"""`pending` → `approved` → `executing` → `executed` | `failed`; or `denied`, `expired`, `cancelled`."""

_STATUSES: frozenset[str] = frozenset(get_args(ApprovalStatus))
_OPEN = frozenset(("pending", "approved", "executing"))


@dataclass(frozen=True)
class Failure:
    """Why a call ended as `failed`."""

    code: str = "internal"
    message: str | None = None
    hint: str | None = None
    policy_id: str | None = None
    may_have_been_sent: bool = True


@dataclass(frozen=True)
class ApprovalState:
    """A held call as the vault last told of it."""

    approval_id: str
    status: ApprovalStatus
    request_id: str | None = None
    grant_id: str | None = None
    method: str | None = None
    host: str | None = None
    approval_url: str | None = None
    request_digest: str | None = None
    expires_at: str | None = None
    decided_at: str | None = None
    decision_reason: str | None = None
    executed_at: str | None = None
    has_result: bool = False
    failure: Failure | None = None

    @property
    def is_final(self) -> bool:
        """Whether the call ended, one way or another."""
        return self.status not in _OPEN

    def after(self, told: ApprovalState) -> ApprovalState:
        """What is known once more was told; an answer need not repeat what was told before."""
        known = {
            each.name: getattr(self if getattr(told, each.name) is None else told, each.name)
            for each in fields(told)
        }
        return ApprovalState(**known)


def parse_state(answer: dict[str, Any], approval_id: str | None = None) -> ApprovalState:
    """The state in an answer, which holds it as it is or under `approval`."""
    inner = answer.get("approval")
    said: dict[str, Any] = inner if isinstance(inner, dict) else answer
    found = _text(said, "approval_id") or approval_id
    status = said.get("status")
    if found is None or status not in _STATUSES:
        raise unreachable("What answers at base_url is not a vault: it names no status.")
    failure = said.get("error")
    return ApprovalState(
        approval_id=found,
        status=cast(ApprovalStatus, status),  # one of them, as was just seen
        request_id=_text(said, "request_id"),
        grant_id=_text(said, "grant_id"),
        method=_text(said, "method"),
        host=_text(said, "host"),
        approval_url=_text(said, "approval_url"),
        request_digest=_text(said, "request_digest"),
        expires_at=_text(said, "expires_at"),
        decided_at=_text(said, "decided_at"),
        decision_reason=_text(said, "decision_reason"),
        executed_at=_text(said, "executed_at"),
        has_result=said.get("has_result") is True,
        failure=_parse_failure(failure) if isinstance(failure, dict) else None,
    )


def _text(said: dict[str, Any], name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) else None


def _parse_failure(said: dict[str, Any]) -> Failure:
    """Unless the vault says that nothing was sent, something may have been."""
    return Failure(
        code=_text(said, "code") or "internal",
        message=_text(said, "message"),
        hint=_text(said, "hint"),
        policy_id=_text(said, "policy_id"),
        may_have_been_sent=said.get("may_have_been_sent") is not False,
    )


def error_of_state(state: ApprovalState) -> AlterError:
    """The error that a state stands for, where the call ended without an answer of the upstream."""
    if state.status == "failed":
        failure = state.failure or Failure()
        return error_of(
            ErrorDetail(
                code=failure.code,
                message=failure.message,
                hint=failure.hint,
                policy_id=failure.policy_id,
                may_have_been_sent=failure.may_have_been_sent,
                request_id=state.request_id,
                approval_id=state.approval_id,
            )
        )
    said = state.decision_reason
    return error_of(
        ErrorDetail(
            code=f"approval_{state.status}",
            hint=None if said is None else f"The approver said: {said}",
            request_id=state.request_id,
            approval_id=state.approval_id,
            decision_reason=said,
        )
    )
