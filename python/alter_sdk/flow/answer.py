"""The answer of an upstream as the caller gets it: an `httpx.Response` that names the caller's URL (never the one with the
credential), whose body is redacted and counted while it streams.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Protocol

import httpx

from ..core.headers import Headers, to_wire
from ..core.redact import Redactor, StreamRedactor
from ..core.target import Target
from ..errors import AlterError, ErrorDetail, UpstreamError, timed_out
from .shell import Lost, Shell, losing, run, unlogged

_DECODED = frozenset(("", "identity", "gzip", "deflate"))
"""Codings that httpx decodes always; a body in another one is handed on as it is, and not searched."""


class BodyWatcher(Protocol):
    """Who is told how the body ended."""

    def received(self, size: int) -> None: ...

    def report(self) -> None:
        """The answer was dropped: what is known is told."""

    def ended(self, error: str | None = None) -> None:
        """The code is None where the body is complete or was given up by the reader."""


class Unwatched:
    """For an answer whose end nobody has to be told of."""

    def received(self, size: int) -> None: ...

    def report(self) -> None: ...

    def ended(self, error: str | None = None) -> None: ...


class AnswerStream(httpx.AsyncByteStream, httpx.SyncByteStream):
    """The body as it comes, for either kind of client: of the two ways to read it the shell's is the one that works."""

    def __init__(
        self, answer: httpx.Response, redactor: Redactor, watcher: BodyWatcher, shell: Shell
    ) -> None:
        self._answer = answer
        self._redactor: StreamRedactor = redactor.stream()
        self._watcher = watcher
        self._shell = shell
        self._is_decoded = is_decoded(answer) and not redactor.is_empty
        self._is_closed = False
        # Who reads a second time goes on where the first stopped, as SDKs do that drain what is left.
        self._chunks: Iterator[bytes] | None = None
        self._chunks_async: AsyncIterator[bytes] | None = None
        shell.answer_opened()
        # A body that nobody reads to its end is told of when it is collected.
        weakref.finalize(self, watcher.report).atexit = False

    def __repr__(self) -> str:
        return "AnswerStream()"

    def __iter__(self) -> Iterator[bytes]:
        with losing() as loss, unlogged():
            if self._is_closed:
                return
            if self._chunks is None:
                self._chunks = self._answer.iter_bytes() if self._is_decoded else self._answer.iter_raw()
            for chunk in self._chunks:
                if passed := self._pass(chunk):
                    yield passed
            if passed := self._finish():
                yield passed
            return
        raise self._broken(loss.lost())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with losing() as loss, unlogged():
            if self._is_closed:
                return
            if self._chunks_async is None:
                answer = self._answer
                self._chunks_async = answer.aiter_bytes() if self._is_decoded else answer.aiter_raw()
            async for chunk in self._chunks_async:
                if passed := self._pass(chunk):
                    yield passed
            if passed := self._finish():
                yield passed
            return
        raise self._broken(loss.lost())

    def _pass(self, chunk: bytes) -> bytes:
        self._watcher.received(len(chunk))
        return self._redactor.push(chunk)

    def _finish(self) -> bytes:
        self._watcher.ended()
        return self._redactor.flush()

    def _broken(self, lost: Lost) -> AlterError:
        error = broken_off(lost, None)
        self._watcher.ended(outcome_code_of(error))
        return error

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._watcher.ended()
            run(self._shell.close(self._answer))
            run(self._shell.answer_closed())

    async def aclose(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._watcher.ended()
            await self._shell.close(self._answer)
            await self._shell.answer_closed()


def is_decoded(answer: httpx.Response) -> bool:
    codings = answer.headers.get("content-encoding", "").lower().split(",")
    return all(coding.strip() in _DECODED for coding in codings)


def answer_of(
    answer: httpx.Response,
    request: httpx.Request,
    redactor: Redactor,
    watcher: BodyWatcher,
    shell: Shell,
    elapsed: float,
) -> httpx.Response:
    """Wraps what a transport answered, its body unread."""
    stream = AnswerStream(answer, redactor, watcher, shell)
    headers = [
        (name, redactor.redact_text(value.decode("latin-1")).encode("latin-1", "replace"))
        for name, value in answer.headers.raw
    ]
    if stream._is_decoded:
        # P2: what is handed out is decoded, and as long as it is.
        headers = [
            field for field in headers if field[0].lower() not in (b"content-encoding", b"content-length")
        ]
    reason = answer.extensions.get("reason_phrase", b"").decode("latin-1")
    extensions = {
        "http_version": answer.extensions.get("http_version", b"HTTP/1.1"),
        "reason_phrase": redactor.redact_text(reason).encode("latin-1", "replace"),
    }
    wrapped = httpx.Response(
        answer.status_code, headers=headers, stream=stream, request=request, extensions=extensions
    )
    wrapped.elapsed = timedelta(seconds=elapsed)
    return wrapped


def shown_request(method: str, target: Target, headers: Headers) -> httpx.Request:
    """The caller's request, for `response.request` and `response.url`: without body and without credential."""
    return httpx.Request(method, target.href, headers=to_wire(headers))


def broken_off(lost: Lost, request_id: str | None) -> AlterError:
    """What the caller is told of an upstream that gave no whole answer."""
    if lost.is_late:
        return timed_out(request_id=request_id, may_have_been_sent=lost.may_have_arrived)
    return UpstreamError(
        ErrorDetail(
            "upstream_unreachable",
            f"The upstream broke off ({lost.word}).",
            request_id=request_id,
            may_have_been_sent=lost.may_have_arrived,
        )
    )


def outcome_code_of(error: AlterError) -> str:
    return "upstream_timeout" if error.code == "timeout" else error.code
