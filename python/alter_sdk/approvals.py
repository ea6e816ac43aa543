"""Held calls of the asynchronous client: one of them, all of one API key, and the error that hands one out."""

from __future__ import annotations

from .core.approval_state import ApprovalStatus
from .errors import AlterError, ErrorDetail
from .flow.engine import Engine
from .flow.held_call import HeldCall, find_state, list_states
from .proxy_result import ProxyResult


class PendingApproval(HeldCall):
    """A held call. It stays held, and goes out once approved, whatever happens to this process."""

    async def wait(self, timeout: float | None = None) -> ProxyResult:
        """Waits for the decision and for the vault to make the call; the answer of the upstream.

        Goes on over lost connections and restarts of the vault, for at most 15 minutes without one. `timeout` is in seconds;
        without it as long as the approval lives. After a TimeoutError the call is still held: wait again, or `cancel()`.

        Raises ApprovalDeniedError, ApprovalExpiredError, ApprovalCancelledError, ApprovalStaleError, or the error of a call that
        failed when it was to go out; its `may_have_been_sent` says whether the upstream may have seen it.
        """
        return await self._wait_and_read(timeout)

    async def refresh(self) -> PendingApproval:
        """Asks for the state once. `status` and the other properties are those of the answer."""
        await self._refresh()
        return self

    async def result(self, timeout: float | None = None) -> ProxyResult:
        """The answer of an executed call, again, while the vault keeps it.

        Raises ConflictError before the call was executed, NotFoundError once the result was shredded.
        """
        return await self._result_and_read(timeout)

    async def cancel(self) -> None:
        """Gives the held call up. Raises ConflictError where it was decided on already."""
        await self._cancel()


class ApprovalPendingError(AlterError):
    """The call is held: `approval` is what to wait on. Nothing was sent while `approval.status` is `pending`."""

    approval: PendingApproval

    def __init__(self, approval: HeldCall) -> None:
        super().__init__(
            ErrorDetail(
                "approval_pending",
                "The call waits for an approval.",
                status=202,
                hint="Wait with error.approval.wait() for the answer, and show error.approval.approval_url to who decides.",
                request_id=approval.request_id,
                may_have_been_sent=approval.status != "pending",
                approval_id=approval.approval_id,
            )
        )
        # Whoever raises it holds the kind of its own client.
        self.approval = approval  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[ApprovalPendingError], tuple[HeldCall]]:
        return (type(self), (self.approval,))


class Approvals:
    """The held calls of one API key: finds them again after a restart. Sees no others, and decides nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def list(self, status: ApprovalStatus | None = None) -> list[PendingApproval]:
        """The calls of this API key that were held, newest first; `status="pending"` for those that wait for people."""
        self._engine.assert_open()
        client = self._engine.client
        return [PendingApproval(state, client) for state in await list_states(client, status)]

    async def get(self, approval_id: str) -> PendingApproval:
        """One held call by its id. Raises NotFoundError where this key made no such call."""
        self._engine.assert_open()
        client = self._engine.client
        return PendingApproval(await find_state(client, approval_id), client)
