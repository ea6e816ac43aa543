"""The two ways of doing what a call needs done: asynchronous, and blocking. Everything above is written once, as coroutines
over a `Shell`; the blocking one never suspends, so that `run` drives such a coroutine to its end in one step.

Sends exactly the request that it is given: no redirect is followed, no proxy or password of the environment is used (S16), and
no client of httpx is in between, which would log the URL.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import ssl
import sys
import time
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextvars import ContextVar
from enum import Enum
from types import TracebackType
from typing import Any, Protocol, TypeVar

import httpx

from ..core.body import Body, count_async, count_sync
from ..core.headers import Headers, to_wire
from ..core.target import Target
from ..errors import AlterError
from .deadline import Deadline
from .fork import renewed_after_fork

T = TypeVar("T")

_KEEP_ALIVE_SECONDS = 4.0
"""Shorter than what servers usually keep (Node: 5 s), so that few connections die just when they are used."""

_LIMITS = httpx.Limits(
    max_connections=None, max_keepalive_connections=100, keepalive_expiry=_KEEP_ALIVE_SECONDS
)


class LostPhase(Enum):
    """How far a request came that got no answer."""

    NOT_CONNECTED = "no byte of it left this process"
    NOT_CONNECTED_IN_TIME = "its time was over, and no byte of it left this process"
    BROKEN = "the connection broke before the answer"
    TIMED_OUT = "its time was over"


class Lost(Exception):
    """A request without an answer. Keeps nothing of the original, which holds the request with its headers and its URL."""

    def __init__(self, phase: LostPhase, word: str) -> None:
        super().__init__(word)
        self.phase = phase
        self.word = word

    @property
    def is_late(self) -> bool:
        return self.phase in (LostPhase.TIMED_OUT, LostPhase.NOT_CONNECTED_IN_TIME)

    @property
    def may_have_arrived(self) -> bool:
        return self.phase in (LostPhase.TIMED_OUT, LostPhase.BROKEN)


class SealedRequest(httpx.Request):
    """A request that may hold a credential: prints nothing of itself."""

    def __repr__(self) -> str:
        return "<Request>"


def sealed(
    method: str,
    target: Target,
    headers: Headers,
    content: Any,
    length: int | None,
    deadline: Deadline,
) -> SealedRequest:
    """The request that goes out, byte for byte; raises ValueError where httpx would send another target."""
    fields = to_wire(headers)
    if not isinstance(content, bytes) and content is not None and length is not None:
        fields.append((b"content-length", str(length).encode()))
    request = SealedRequest(
        method, target.href, headers=fields, content=content, extensions={"timeout": deadline.limits()}
    )
    if request.url.raw_path != target.raw_path.encode("ascii"):
        raise ValueError("the target would change on its way")
    return request


class Shell(Protocol):
    """What a call needs done. Answers come with their body unread."""

    is_async: bool

    def content_of(self, body: Body, sent: Callable[[int], None]) -> Any:
        """The body as the transport takes it, counted while it is sent."""

    async def send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response: ...

    async def read(self, response: httpx.Response) -> bytes: ...

    async def close(self, response: httpx.Response) -> None: ...

    async def pause(self, seconds: float) -> None: ...

    def answer_opened(self) -> None:
        """An answer is handed out whose body is still to be read."""

    async def answer_closed(self) -> None: ...

    async def shut(self) -> None:
        """Ends connections, at once or when the last open answer was read."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Drives a coroutine over a blocking shell, which never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        coroutine.close()
    raise RuntimeError("something asynchronous was awaited in a blocking call")


class _OpenAnswers:
    """Counts answers that are still read, so that closing a client does not cut them off."""

    def __init__(self) -> None:
        self._open = 0
        self._is_shut = False

    def answer_opened(self) -> None:
        self._open += 1

    async def answer_closed(self) -> None:
        self._open -= 1
        if self._is_shut:
            await self.shut()

    async def shut(self) -> None:
        self._is_shut = True
        if self._open <= 0:
            await self._end()

    async def _end(self) -> None:
        raise NotImplementedError


class BlockingShell(_OpenAnswers):
    """For the synchronous client, and for what is told when everything else has ended. Used by any number of threads."""

    is_async = False

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__()
        self._tls = tls
        self._renew()
        renewed_after_fork(self, BlockingShell._renew)

    def _renew(self) -> None:
        """Connections are not shared with a child process."""
        self._transport = httpx.HTTPTransport(verify=self._tls, trust_env=False, limits=_LIMITS)

    def content_of(self, body: Body, sent: Callable[[int], None]) -> Any:
        content = body.content
        return content if content is None or isinstance(content, bytes) else count_sync(content, sent)

    async def send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        if deadline.is_expired:
            raise Lost(LostPhase.TIMED_OUT, "timeout")
        with losing() as loss, unlogged():
            return self._transport.handle_request(request)
        raise loss.lost()

    async def read(self, response: httpx.Response) -> bytes:
        with losing() as loss, unlogged():
            return response.read()
        raise loss.lost()

    async def close(self, response: httpx.Response) -> None:
        with contextlib.suppress(httpx.HTTPError, OSError):
            response.close()

    async def pause(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  # this shell blocks

    async def _end(self) -> None:
        self._transport.close()


class AsyncShell(_OpenAnswers):
    """For asyncio. Connections belong to the loop that opened them, so that a client outlives `asyncio.run`."""

    is_async = True

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__()
        self._tls = tls
        self._renew()
        renewed_after_fork(self, AsyncShell._renew)

    def _renew(self) -> None:
        self._transports: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncHTTPTransport] = (
            weakref.WeakKeyDictionary()
        )

    def _transport(self) -> httpx.AsyncHTTPTransport:
        loop = asyncio.get_running_loop()
        transport = self._transports.get(loop)
        if transport is None:
            transport = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=_LIMITS)
            self._transports[loop] = transport
        return transport

    def content_of(self, body: Body, sent: Callable[[int], None]) -> Any:
        content = body.content
        return content if content is None or isinstance(content, bytes) else count_async(content, sent)

    async def send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        if deadline.is_expired:
            raise Lost(LostPhase.TIMED_OUT, "timeout")
        transport = self._transport()
        with losing() as loss, unlogged():
            async with _ending_at(deadline):
                return await transport.handle_async_request(request)
        raise loss.lost()

    async def read(self, response: httpx.Response) -> bytes:
        with losing() as loss, unlogged():
            return await response.aread()
        raise loss.lost()

    async def close(self, response: httpx.Response) -> None:
        with contextlib.suppress(httpx.HTTPError, OSError):
            await response.aclose()

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _end(self) -> None:
        transport = self._transports.pop(asyncio.get_running_loop(), None)
        if transport is not None:
            await transport.aclose()


@contextlib.asynccontextmanager
async def _ending_at(deadline: Deadline) -> AsyncIterator[None]:
    """Ends also what trickles: each step of the connection may be in time, and the answer still never begin."""
    if sys.version_info >= (3, 11) and (limit := deadline.limit) is not None:
        async with asyncio.timeout(limit):
            yield
    else:
        yield


class _Losing:
    """Takes what httpx raises, and leaves of it how far the request came."""

    def __init__(self) -> None:
        self._lost: Lost | None = None

    def __enter__(self) -> _Losing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None or isinstance(error, AlterError):
            return False
        if isinstance(error, (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError, OSError)):
            self._lost = _lost_of(error)
            return True
        # What the caller's own body raised, or what cancels: its traceback must not lead through frames with the request.
        # Raised anew, as Python 3.10 would otherwise put the old traceback back.
        raise error.with_traceback(_tail(traceback))

    def lost(self) -> Lost:
        """Raised outside of where the original was caught, so that it is no part of the new one."""
        return self._lost or Lost(LostPhase.BROKEN, "unknown")


def losing() -> _Losing:
    return _Losing()


def _lost_of(error: Exception) -> Lost:
    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
        return Lost(LostPhase.NOT_CONNECTED_IN_TIME, "timeout")
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return Lost(LostPhase.TIMED_OUT, "timeout")
    if isinstance(error, httpx.ConnectError):
        return Lost(LostPhase.NOT_CONNECTED, _word_of(error))
    return Lost(LostPhase.BROKEN, _word_of(error))


def _word_of(error: BaseException) -> str:
    """The system's word for a network failure, from wherever the libraries keep it; never their text, which names addresses."""
    at: BaseException | None = error
    for _ in range(8):
        if at is None:
            break
        if isinstance(at, ssl.SSLCertVerificationError):
            return "certificate not trusted"
        if isinstance(at, OSError) and at.errno is not None and at.errno in errno.errorcode:
            return errno.errorcode[at.errno]
        inner = getattr(at, "exceptions", None)
        at = inner[0] if isinstance(inner, (list, tuple)) and inner else at.__cause__ or at.__context__
    return type(error).__name__


_HTTP_MODULES = ("httpx", "httpcore", "h11", "anyio", "alter_sdk.flow")


def _tail(traceback: TracebackType | None) -> TracebackType | None:
    """What of a traceback comes after the last frame of the libraries that hold the request."""
    tail = traceback
    at = traceback
    while at is not None:
        if str(at.tb_frame.f_globals.get("__name__", "")).startswith(_HTTP_MODULES):
            tail = at.tb_next
        at = at.tb_next
    return tail


_is_quiet: ContextVar[bool] = ContextVar("alter_sdk_is_quiet", default=False)


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """I8: at the level DEBUG httpcore logs the header fields of answers, in which an upstream may echo a credential."""
    token = _is_quiet.set(True)
    try:
        yield
    finally:
        _is_quiet.reset(token)


def _is_logged(record: logging.LogRecord) -> bool:
    return not _is_quiet.get()


for _name in ("httpcore.http11", "httpcore.http2"):
    logging.getLogger(_name).addFilter(_is_logged)
