"""A call that the vault holds until people have decided: waiting for them, and fetching what the vault then did. Decides
nothing, and sends the held call never itself.
"""

from __future__ import annotations

import math
import time
from urllib.parse import quote

import httpx

from ..core.approval_state import ApprovalState, ApprovalStatus, error_of_state, parse_state
from ..core.call import parse_timeout
from ..core.refusal import parse_object
from ..core.target import Target
from ..errors import (
    AlterError,
    ClosedError,
    ConflictError,
    ErrorDetail,
    TimeoutError,
    VaultUnreachableError,
    invalid,
    timed_out,
    unreachable,
)
from ..proxy_result import ProxyResult
from .deadline import Deadline
from .proxy_mode import result_of
from .vault_client import VaultClient, VaultRequest

_POLL_SECONDS = 30.0
"""One poll stays below the idle timeouts of proxies on the way."""
_POLL_GRACE_SECONDS = 15.0
"""How much longer than asked an answer may take before the connection counts as dead."""
_PAUSE_SECONDS = 0.25
_PAUSE_SECONDS_MAX = 5.0
"""Between two polls of a vault that is away."""
_OUTAGE_SECONDS_MAX = 15 * 60.0
"""Longer than a restart or an upgrade: a vault that is away for so long is waited for no more."""
ANSWER_SECONDS = 60.0
"""For what the vault answers without waiting for anybody."""
_PAGE_LIMIT = 200


class HeldCall:
    """A held call. It stays held, and goes out once approved, whatever happens to this process."""

    def __init__(
        self, state: ApprovalState, client: VaultClient | None, target: Target | None = None
    ) -> None:
        self._state = state
        self._client_or_none = client
        self._target = target

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.approval_id!r}, status={self.status!r})"

    def __getstate__(self) -> dict[str, object]:
        """Pickled as what it says, without the client and its key."""
        return {"_state": self._state, "_target": self._target, "_client_or_none": None}

    @property
    def approval_id(self) -> str:
        """Keep it: `vault.approval(approval_id)` waits on it again, also in another process."""
        return self._state.approval_id

    @property
    def status(self) -> ApprovalStatus:
        """As the vault last told; `refresh()` asks again."""
        return self._state.status

    @property
    def request_id(self) -> str | None:
        """Finds the held call in the audit log."""
        return self._state.request_id

    @property
    def grant_id(self) -> str | None:
        """With which grant, which method, and to which host the held call goes: to know it again in a list."""
        return self._state.grant_id

    @property
    def method(self) -> str | None:
        return self._state.method

    @property
    def host(self) -> str | None:
        return self._state.host

    @property
    def approval_url(self) -> str | None:
        """Where an approver decides; None where the vault names no page."""
        return self._state.approval_url

    @property
    def request_digest(self) -> str | None:
        """SHA-256 over what will be sent, less the credential: what the approver sees."""
        return self._state.request_digest

    @property
    def expires_at(self) -> str | None:
        """RFC 3339 time at which nobody can approve any more."""
        return self._state.expires_at

    @property
    def decided_at(self) -> str | None:
        """RFC 3339 time of the decision."""
        return self._state.decided_at

    @property
    def decision_reason(self) -> str | None:
        """What the approver said to it."""
        return self._state.decision_reason

    @property
    def executed_at(self) -> str | None:
        """RFC 3339 time at which the vault made the call."""
        return self._state.executed_at

    @property
    def has_result(self) -> bool:
        """Whether `result()` has something to give; results are shredded after a time."""
        return self._state.has_result

    @property
    def _client(self) -> VaultClient:
        if self._client_or_none is None:
            raise ClosedError(
                ErrorDetail(
                    "closed",
                    "This approval came from another process without its client.",
                    hint="Find it again by vault.approval(approval_id).",
                )
            )
        return self._client_or_none

    async def _wait(self, timeout: float | None) -> httpx.Response:
        deadline = Deadline(math.inf if timeout is None else parse_timeout(timeout))
        outage = _Outage()
        while not deadline.is_expired:
            try:
                ended = await self._advance(deadline)
            except AlterError as error:
                if deadline.is_expired:
                    break
                outage.bear(error)
            else:
                if isinstance(ended, AlterError):
                    raise ended
                if ended is not None:
                    return ended
                outage.end()
            await self._client.shell.pause(max(0.0, min(outage.pause, deadline.remaining)))
        raise self._timed_out()

    async def _advance(self, deadline: Deadline) -> httpx.Response | AlterError | None:
        """One poll: how the call ended, as its answer or its error, or that it did not end yet."""
        remaining = deadline.remaining
        wait_ms = max(0, math.floor(min(_POLL_SECONDS, remaining) * 1000))
        poll = Deadline(min(wait_ms / 1000 + _POLL_GRACE_SECONDS, remaining))
        await self._ask(f"{self._path}?wait_ms={wait_ms}", poll)
        if not self._state.is_final:
            return None
        if self.status == "executed":
            return await self._fetch_result(deadline)
        return error_of_state(self._state)

    async def _wait_and_read(self, timeout: float | None) -> ProxyResult:
        return await self._whole(await self._wait(timeout))

    async def _result_and_read(self, timeout: float | None) -> ProxyResult:
        return await self._whole(await self._result(timeout))

    async def _whole(self, response: httpx.Response) -> ProxyResult:
        try:
            await self._client.shell.read(response)
        finally:
            await self._client.shell.close(response)
        return ProxyResult(response)

    async def _refresh(self) -> None:
        await self._ask(self._path, Deadline(ANSWER_SECONDS))

    async def _result(self, timeout: float | None) -> httpx.Response:
        return await self._fetch_result(
            Deadline(ANSWER_SECONDS if timeout is None else parse_timeout(timeout))
        )

    async def _cancel(self) -> None:
        try:
            request = VaultRequest("POST", f"{self._path}/cancel")
            await self._client.send_json(request, Deadline(ANSWER_SECONDS))
        except ConflictError:
            # The first try may have been lost on its way back.
            await self._refresh()
            if self.status != "cancelled":
                raise
        self._state = self._state.after(ApprovalState(self.approval_id, "cancelled"))

    async def _ask(self, path: str, deadline: Deadline) -> None:
        told = await ask_state(self._client, path, deadline)
        self._state = self._state.after(told)

    async def _fetch_result(self, deadline: Deadline) -> httpx.Response:
        request = VaultRequest("GET", f"{self._path}/result", is_proxied=True)
        answer = await self._client.send(request, deadline)
        deadline.disarm()
        return result_of(answer, self._state, self._target, self._client.shell)

    @property
    def _path(self) -> str:
        return path_of(self.approval_id)

    def _timed_out(self) -> TimeoutError:
        hint = "wait() again, now or in another process by vault.approval(approval_id); or cancel()."
        if self.status == "pending":
            return timed_out(
                "Nobody decided within timeout; the call is still held.",
                hint=hint,
                request_id=self.request_id,
            )
        return timed_out(
            "The call was approved; timeout was over before its answer was here.",
            hint=hint,
            request_id=self.request_id,
            may_have_been_sent=True,
        )


def path_of(approval_id: str) -> str:
    return f"/v1/approvals/{quote(approval_id, safe='')}"


async def ask_state(client: VaultClient, path: str, deadline: Deadline) -> ApprovalState:
    """An answer that broke off is like none, and is asked for again."""
    return parse_state(parse_object(await client.send_json(VaultRequest("GET", path), deadline)))


async def find_state(client: VaultClient, approval_id: str) -> ApprovalState:
    """One held call by its id; NotFoundError where this key made no such call."""
    if not isinstance(approval_id, str) or approval_id == "":
        raise invalid("approval_id", "the id of an approval is needed.")
    return await ask_state(client, path_of(approval_id), Deadline(ANSWER_SECONDS))


async def list_states(client: VaultClient, status: ApprovalStatus | None) -> list[ApprovalState]:
    """All held calls of this key, newest first, page after page."""
    found: list[ApprovalState] = []
    query = f"limit={_PAGE_LIMIT}" + ("" if status is None else f"&status={quote(status, safe='')}")
    cursor: str | None = ""
    while cursor is not None:
        path = f"/v1/approvals?{query}" + (f"&cursor={quote(cursor, safe='')}" if cursor else "")
        page = parse_object(await client.send_json(VaultRequest("GET", path), Deadline(ANSWER_SECONDS)))
        items = page.get("items")
        if not isinstance(items, list):
            raise unreachable("What answers at base_url is not a vault: it lists nothing.")
        found += [parse_state(item if isinstance(item, dict) else {}) for item in items]
        following = page.get("next_cursor")
        cursor = following if isinstance(following, str) else None
    return found


class _Outage:
    """How long the vault has been away, and how long to leave it alone."""

    def __init__(self) -> None:
        self._since: float | None = None
        self.pause = _PAUSE_SECONDS

    def bear(self, error: AlterError) -> None:
        """Lets a failure pass that the next poll may not have, and raises every other."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        is_passing = isinstance(error, (VaultUnreachableError, TimeoutError)) or error.retryable
        if not is_passing or now - self._since > _OUTAGE_SECONDS_MAX:
            raise error
        self.pause = min(self.pause * 2, _PAUSE_SECONDS_MAX)

    def end(self) -> None:
        self._since = None
        self.pause = _PAUSE_SECONDS
