"""A transport of httpx for one grant, for SDKs of vendors that take a client of httpx. Whatever key they send is replaced; no
redirect is followed with a credential, as a client that follows one comes here anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import httpx

from .core.call import AwaitApproval, Context
from .errors import invalid
from .flow.shell import run

if TYPE_CHECKING:
    from typing_extensions import Required

Mode = Literal["request", "proxy"]
"""Who makes the calls: this process (`request`) or the vault (`proxy`)."""


class TransportOptions(TypedDict, total=False):
    """What holds for all calls of a transport."""

    grant_id: Required[str]
    mode: Mode
    """`request` by default."""
    reason: str | None
    context: Context | None
    caller: str | None
    timeout: float | None
    """Seconds until an answer must have begun; without it what the client of httpx says."""
    await_approval: bool | AwaitApproval | None
    """As of `proxy_request`; for mode `proxy` only."""


Send = Callable[[str, str, Mapping[str, Any]], Awaitable[httpx.Response]]
"""A call, its answer's body unread."""


def fixed_options(options: TransportOptions) -> tuple[Mode, dict[str, Any]]:
    """The mode, and what goes with each call; checked once."""
    for name in options:
        if name not in TransportOptions.__annotations__:
            raise TypeError(f"{name!r} is no option of a transport")
    mode = options.get("mode", "request")
    if mode not in ("request", "proxy"):
        raise invalid("mode", "request or proxy is needed.")
    if mode == "request" and options.get("await_approval"):
        raise invalid("await_approval", "calls are held for approval in proxy mode only.")
    if not options.get("grant_id"):
        raise invalid("grant_id", "a grant id is needed.")
    return mode, {name: value for name, value in options.items() if name != "mode" and value is not None}


class AlterTransport(httpx.AsyncBaseTransport):
    """For `httpx.AsyncClient`."""

    def __init__(self, send: Send, fixed: Mapping[str, Any]) -> None:
        self._send = send
        self._fixed = fixed

    def __repr__(self) -> str:
        return f"AlterTransport(grant_id={self._fixed['grant_id']!r})"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._send(request.method, str(request.url), _options_of(request, self._fixed))


class SyncAlterTransport(httpx.BaseTransport):
    """For `httpx.Client`."""

    def __init__(self, send: Send, fixed: Mapping[str, Any]) -> None:
        self._send = send
        self._fixed = fixed

    def __repr__(self) -> str:
        return f"SyncAlterTransport(grant_id={self._fixed['grant_id']!r})"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def send() -> httpx.Response:
            return await self._send(request.method, str(request.url), _options_of(request, self._fixed))

        return run(send())


def _options_of(request: httpx.Request, fixed: Mapping[str, Any]) -> dict[str, Any]:
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.headers.raw
        # What the client would decode, which may be more than what an echo is found in.
        if name.lower() != b"accept-encoding"
    ]
    options: dict[str, Any] = {"headers": headers, "content": _content_of(request), **fixed}
    read = request.extensions.get("timeout", {}).get("read")
    if "timeout" not in fixed and read is not None:
        options["timeout"] = read
    return options


def _content_of(request: httpx.Request) -> Any:
    try:
        content = request.content
    except httpx.RequestNotRead:
        return request.stream
    return content or None
