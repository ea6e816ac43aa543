"""Speaks to the vault and to nothing else: holds the API key, follows no redirect with it, tries again only where nothing was
sent, and turns refusals into typed errors. Never prints the key.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from ..core.body import Body
from ..core.headers import Headers
from ..core.refusal import is_refusal, refusal_of
from ..core.secret import Secret
from ..core.target import Target, parse_target
from ..errors import (
    AlterError,
    ErrorDetail,
    ErrorIssue,
    InvalidRequestError,
    VaultUnreachableError,
    timed_out,
    unreachable,
)
from ..version import USER_AGENT
from .deadline import Deadline
from .shell import Lost, Shell, sealed

_ATTEMPTS_MAX = 6
_BACKOFF_SECONDS = 0.1
"""Five more attempts within about three seconds, in which a vault restarts."""

_NOTHING_SENT_CODES = frozenset(("overloaded", "unavailable", "audit_unavailable"))
"""The vault answered that it sent nothing (WIRE §3)."""


@dataclass(frozen=True, repr=False)
class VaultRequest:
    """A request to the vault."""

    method: str
    path: str
    """Below the base URL, e.g. `/v1/requests`, with its query."""
    is_repeatable: bool = True
    """Whether the same request may be sent again after the vault said that it did nothing."""
    headers: Headers = field(default_factory=dict)
    body: Body = field(default_factory=lambda: Body(None))
    is_proxied: bool = False
    """Whether an answer without `Alter-Error` is the upstream's, whatever its status."""


class VaultClient:
    """One vault, one API key, over one shell."""

    def __init__(self, api_key: str, base_url: str, shell: Shell) -> None:
        self._api_key = Secret(_parse_api_key(api_key))
        self._base = _parse_base_url(base_url)
        self.base_url = self._base.href.rstrip("/")
        self.shell = shell

    def __repr__(self) -> str:
        return f"VaultClient({self.base_url!r})"

    def over(self, shell: Shell) -> VaultClient:
        """The same vault and key over another shell."""
        return VaultClient(self._api_key.reveal(), self.base_url, shell)

    def is_inside(self, value: str) -> bool:
        """Whether a value that the caller sends holds this client's key: it must never go upstream."""
        return self._api_key.reveal() in value

    async def send(self, request: VaultRequest, deadline: Deadline) -> httpx.Response:
        """The vault's answer, its body unread, or a typed error; tried again where that is safe and the deadline allows it."""
        attempt = 0
        while True:
            attempt += 1
            answer = await self._send_once(request, deadline)
            if isinstance(answer, httpx.Response):
                return answer
            delay = (
                _retry_delay(answer, attempt) if request.is_repeatable and attempt < _ATTEMPTS_MAX else None
            )
            if delay is None or delay >= deadline.remaining:
                raise answer
            await self.shell.pause(delay)

    async def send_json(self, request: VaultRequest, deadline: Deadline) -> bytes:
        """The whole body of the vault's own answer; empty where it broke off."""
        answer = await self.send(request, deadline)
        try:
            return await self.shell.read(answer)
        except Lost as lost:
            if lost.is_late:
                raise timed_out() from None
            return b""
        finally:
            await self.shell.close(answer)

    async def _send_once(self, request: VaultRequest, deadline: Deadline) -> httpx.Response | AlterError:
        outgoing = self._outgoing(request, deadline)
        try:
            answer = await self.shell.send(outgoing, deadline)
        except Lost as lost:
            return _lost(lost, request.is_proxied)
        fields = {name.lower(): value for name, value in answer.headers.items()}
        if not is_refusal(answer.status_code, fields, request.is_proxied):
            return answer
        try:
            body = await self.shell.read(answer)
        except Lost:
            body = b""
        finally:
            await self.shell.close(answer)
        return refusal_of(answer.status_code, fields, body, request.is_proxied, time.time())

    def _outgoing(self, request: VaultRequest, deadline: Deadline) -> httpx.Request:
        path, _, query = request.path.partition("?")
        base = self._base
        target = Target(base.scheme, base.authority, base.path.rstrip("/") + path, query or None)
        headers = {"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "identity"}
        headers.update(request.headers)
        headers["authorization"] = f"Bearer {self._api_key.reveal()}"
        content = self.shell.content_of(request.body, lambda _: None)
        return sealed(request.method, target, headers, content, request.body.length, deadline)


def _lost(lost: Lost, is_proxied: bool) -> AlterError:
    may_have_been_sent = is_proxied and lost.may_have_arrived
    if lost.is_late:
        return timed_out(may_have_been_sent=may_have_been_sent)
    return unreachable(
        f"The vault can't be reached ({lost.word}).",
        # What is not sent on by the vault may reach it twice: at worst its log shows a release that was never used.
        retryable=not may_have_been_sent,
        may_have_been_sent=may_have_been_sent,
    )


def _retry_delay(error: AlterError, attempt: int) -> float | None:
    """Seconds to wait before the next attempt; None where there must be none."""
    is_safe = error.code in _NOTHING_SENT_CODES or (
        isinstance(error, VaultUnreachableError) and error.retryable
    )
    if not is_safe:
        return None
    backoff: float = _BACKOFF_SECONDS * 2 ** (attempt - 1) * (0.5 + random.random())
    return max(backoff, (error._detail.retry_after_ms or 0) / 1000)


def _parse_api_key(api_key: Any) -> str:
    """The text never quotes what it was given: it may be another secret, pasted by mistake."""
    if isinstance(api_key, str) and re.fullmatch(r"alter_key_(?:app|agent)_[\x21-\x7e]+", api_key):
        return api_key
    raise InvalidRequestError(
        ErrorDetail(
            "invalid_request",
            "api_key: this is no API key of a vault." if api_key else "No API key was given.",
            hint="Pass api_key, or set ALTER_API_KEY, with a key that begins with alter_key_app_ or alter_key_agent_.",
            issues=(ErrorIssue("api_key", "an API key is needed."),),
        )
    )


def _parse_base_url(base_url: Any) -> Target:
    """The key travels in a header: without TLS only to this machine."""
    try:
        base = parse_target(base_url)
        if base.query is None and (base.scheme == "https" or _is_loopback(base.authority)):
            return base
    except InvalidRequestError:
        pass
    raise InvalidRequestError(
        ErrorDetail(
            "invalid_request",
            "base_url: an https URL is needed, or http to a loopback address, without user, query or fragment.",
            hint="Pass base_url, or set ALTER_BASE_URL, e.g. https://vault.example.com.",
            issues=(ErrorIssue("base_url", "an https or loopback URL is needed."),),
        )
    )


def _is_loopback(authority: str) -> bool:
    host = re.sub(r":[0-9]+$", "", authority)
    return host in ("localhost", "[::1]") or re.fullmatch(r"127\.[0-9]+\.[0-9]+\.[0-9]+", host) is not None
