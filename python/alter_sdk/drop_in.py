"""A transport of httpx for one grant, for SDKs of vendors that take a client of httpx. Whatever key they send is replaced; no
redirect is followed with a credential, as a client that follows one comes here anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import lru_cache
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
    library: Any
    """The module whose client it is for, where that is not httpx but has its classes, as httpx2."""


_NOT_OF_CALLS = ("mode", "library")

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
    fixed = {
        name: value for name, value in options.items() if name not in _NOT_OF_CALLS and value is not None
    }
    return mode, fixed


class AlterTransport(httpx.AsyncBaseTransport):
    """For `httpx.AsyncClient`, and for that of a library with the same classes."""

    def __init__(self, send: Send, fixed: Mapping[str, Any], library: Any = httpx) -> None:
        self._send = send
        self._fixed = fixed
        self._library = library

    def __repr__(self) -> str:
        return f"AlterTransport(grant_id={self._fixed['grant_id']!r})"

    async def handle_async_request(self, request: Any) -> Any:
        answer = await self._send(request.method, str(request.url), _options_of(request, self._fixed))
        return _as_of(self._library, answer)


class SyncAlterTransport(httpx.BaseTransport):
    """For `httpx.Client`, and for that of a library with the same classes."""

    def __init__(self, send: Send, fixed: Mapping[str, Any], library: Any = httpx) -> None:
        self._send = send
        self._fixed = fixed
        self._library = library

    def __repr__(self) -> str:
        return f"SyncAlterTransport(grant_id={self._fixed['grant_id']!r})"

    def handle_request(self, request: Any) -> Any:
        async def send() -> httpx.Response:
            return await self._send(request.method, str(request.url), _options_of(request, self._fixed))

        return _as_of(self._library, run(send()))


def _as_of(library: Any, answer: httpx.Response) -> Any:
    """The same answer in the classes of the library that asked: clients accept no others."""
    if library is httpx:
        return answer
    stream = _stream_of(library)(answer.stream)
    return library.Response(
        answer.status_code, headers=answer.headers.raw, stream=stream, extensions=answer.extensions
    )


@lru_cache(maxsize=4)
def _stream_of(library: Any) -> Any:
    class Stream(library.AsyncByteStream, library.SyncByteStream):  # type: ignore[misc]  # known when it is used
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def __iter__(self) -> Iterator[bytes]:
            return iter(self._inner)

        def __aiter__(self) -> AsyncIterator[bytes]:
            return aiter(self._inner)

        def close(self) -> None:
            self._inner.close()

        async def aclose(self) -> None:
            await self._inner.aclose()

    return Stream


def _options_of(request: Any, fixed: Mapping[str, Any]) -> dict[str, Any]:
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


def _content_of(request: Any) -> Any:
    try:
        content = request.content
    except RuntimeError:  # RequestNotRead: a stream
        return request.stream
    return content or None
