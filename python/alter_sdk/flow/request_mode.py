"""Request mode: the vault releases the injection for one call, this process makes the call, and the outcome is told
afterwards. The upstream is called once: nothing here tries again what may have been acted on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from ..core.body import Body
from ..core.call import Call
from ..core.headers import Headers
from ..core.refusal import parse_object
from ..core.release import (
    InjectedRequest,
    PresignedUrl,
    Release,
    parse_presigned,
    parse_release,
    remove_callers_credentials,
)
from ..errors import AlterError, ErrorDetail, IntegrityError, invalid
from ..version import USER_AGENT
from .answer import answer_of, broken_off, outcome_code_of, shown_request
from .deadline import Deadline
from .outcomes import OutcomeReporter
from .shell import Lost, Shell, sealed
from .vault_client import VaultClient, VaultRequest

_OPEN_BODY_SECONDS = 600.0
"""The vault takes outcomes for 15 minutes; a body that is still open is reported well before."""

_OURS = {"accept": "*/*", "accept-encoding": "gzip, deflate", "user-agent": USER_AGENT}
"""Sent where neither the caller nor the vault says otherwise; never signed."""


async def send_released(
    call: Call,
    body_sha256: str | None,
    client: VaultClient,
    reporter: OutcomeReporter,
    idle: float | None,
) -> httpx.Response:
    """The upstream's answer, its body unread. `idle` is how many seconds the body may pause."""
    deadline = Deadline(call.timeout)
    headers = dict(call.headers)
    remove_callers_credentials(headers, client.is_inside)
    release = await ask_release(call, headers, body_sha256, client, deadline)
    watch = CallWatch(release.request_id, call.body.length or 0, reporter)
    try:
        injected = release.inject(call.target, headers)
        answer = await _send_once(call, injected, watch, client.shell, deadline)
    except BaseException as error:
        watch.ended(outcome_code_of(error) if isinstance(error, AlterError) else "cancelled")
        raise
    deadline.disarm(idle)
    watch.answered(answer.status_code)
    request = shown_request(call.method, call.target, headers)
    return answer_of(answer, request, injected.redactor, watch, client.shell, watch.elapsed)


async def ask_release(
    call: Call, headers: Headers, body_sha256: str | None, client: VaultClient, deadline: Deadline
) -> Release:
    """What the vault decides, and what goes into the call."""
    asked = {**asked_of(call, headers), "body_sha256": body_sha256 or call.body.sha256}
    return parse_release(await ask_vault(asked, client, deadline))


def asked_of(call: Call, headers: Headers) -> dict[str, object]:
    """A call as `POST /v1/requests` takes it."""
    return {
        "grant_id": call.grant_id,
        "method": call.method,
        "url": call.target.href,
        "headers": headers,
        "reason": call.reason,
        "context": None if call.context is None else json.loads(call.context),
        "caller": call.caller,
    }


async def ask_vault(asked: Mapping[str, object], client: VaultClient, deadline: Deadline) -> dict[str, Any]:
    """The answer of `POST /v1/requests`. What is None is not asked."""
    content = json.dumps({name: value for name, value in asked.items() if value is not None}).encode()
    request = VaultRequest(
        "POST",
        "/v1/requests",
        headers={"content-type": "application/json"},
        body=Body(content, length=len(content)),
    )
    return parse_object(await client.send_json(request, deadline))


async def presign_released(
    call: Call, expires_in: int, body_sha256: str | None, client: VaultClient
) -> PresignedUrl:
    """A URL that works by itself. Nothing is sent to the upstream from here."""
    if isinstance(expires_in, bool) or not isinstance(expires_in, int) or expires_in < 1:
        raise invalid("expires_in", "a whole number of seconds above 0 is needed.")
    headers = dict(call.headers)
    remove_callers_credentials(headers, client.is_inside)
    asked = {
        **asked_of(call, headers),
        "body_sha256": body_sha256,
        "presign": {"expires_in_seconds": expires_in},
    }
    return parse_presigned(await ask_vault(asked, client, Deadline(call.timeout)), call.target.origin)


async def _send_once(
    call: Call, injected: InjectedRequest, watch: CallWatch, shell: Shell, deadline: Deadline
) -> httpx.Response:
    request = _outgoing(call, injected, watch, shell, deadline)
    try:
        return await shell.send(request, deadline)
    except Lost as lost:
        raise broken_off(lost, watch.request_id) from None


def _outgoing(
    call: Call, injected: InjectedRequest, watch: CallWatch, shell: Shell, deadline: Deadline
) -> httpx.Request:
    try:
        content = shell.content_of(call.body, watch.sent)
        return sealed(
            call.method, injected.target, {**_OURS, **injected.headers}, content, call.body.length, deadline
        )
    except (ValueError, httpx.InvalidURL):
        # What httpx says may quote the URL.
        error = IntegrityError(
            ErrorDetail(
                "integrity_error",
                "The vault released what can not be sent as it is; nothing was sent.",
                request_id=watch.request_id,
            )
        )
    raise error


class CallWatch:
    """Gathers the outcome of one call and tells it once."""

    def __init__(self, request_id: str, length: int, reporter: OutcomeReporter) -> None:
        self.request_id = request_id
        self._reporter = reporter
        self._started_at = time.monotonic()
        self.report_at = self._started_at + _OPEN_BODY_SECONDS
        self._latency: float | None = None
        self._status: int | None = None
        self._bytes_received = 0
        self._bytes_sent = length
        self._is_streamed_out = False
        self._is_told = False
        reporter.opened(self)

    def answered(self, status: int) -> None:
        self._status = status
        self._latency = self.elapsed

    def received(self, size: int) -> None:
        self._bytes_received += size

    def sent(self, size: int) -> None:
        """Of a stream, whose length is counted and not believed."""
        self._bytes_sent = size if not self._is_streamed_out else self._bytes_sent + size
        self._is_streamed_out = True

    def report(self) -> None:
        self._tell("cancelled" if self._status is None else None)

    def ended(self, error: str | None = None) -> None:
        self._tell(error)

    @property
    def elapsed(self) -> float:
        """Seconds since the release."""
        return time.monotonic() - self._started_at

    def _tell(self, error: str | None) -> None:
        if self._is_told:
            return
        self._is_told = True
        outcome = {
            "request_id": self.request_id,
            "latency_ms": round((self.elapsed if self._latency is None else self._latency) * 1000),
            # As the vault counts what it proxies: in is what the caller sent, out what the caller got.
            "bytes_in": self._bytes_sent,
            "bytes_out": self._bytes_received,
            "status_code": self._status,
            "error": error,
        }
        self._reporter.add({name: value for name, value in outcome.items() if value is not None}, self)
