"""Held calls of the synchronous client: as in `approvals`, and they block."""

from __future__ import annotations

from .approvals import ApprovalPendingError as AsyncApprovalPendingError
from .core.approval_state import ApprovalStatus
from .flow.engine import Engine
from .flow.held_call import HeldCall, find_state, list_states
from .flow.shell import run
from .proxy_result import ProxyResult


class PendingApproval(HeldCall):
    """A held call; see `alter_sdk.PendingApproval`."""

    def wait(self, timeout: float | None = None) -> ProxyResult:
        """Waits for the decision and for the vault to make the call; the answer of the upstream."""
        return run(self._wait_and_read(timeout))

    def refresh(self) -> PendingApproval:
        """Asks for the state once."""
        run(self._refresh())
        return self

    def result(self, timeout: float | None = None) -> ProxyResult:
        """The answer of an executed call, again, while the vault keeps it."""
        return run(self._result_and_read(timeout))

    def cancel(self) -> None:
        """Gives the held call up."""
        run(self._cancel())


class ApprovalPendingError(AsyncApprovalPendingError):
    """The call is held: `approval` is what to wait on."""

    approval: PendingApproval  # type: ignore[assignment]  # the twin's, whose methods block


class Approvals:
    """The held calls of one API key."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, status: ApprovalStatus | None = None) -> list[PendingApproval]:
        """The calls of this API key that were held, newest first."""
        self._engine.assert_open()
        client = self._engine.client
        return [PendingApproval(state, client) for state in run(list_states(client, status))]

    def get(self, approval_id: str) -> PendingApproval:
        """One held call by its id."""
        self._engine.assert_open()
        client = self._engine.client
        return PendingApproval(run(find_state(client, approval_id)), client)
