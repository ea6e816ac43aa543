"""Proxy mode: the vault makes the call, and this process never has the credential. Sends the call, and tells the upstream's
answer from the vault's own.
"""

from __future__ import annotations

import math
import time

import httpx

from ..core.approval_state import ApprovalState, parse_state
from ..core.call import Call, parse_idempotency_key
from ..core.headers import Headers
from ..core.redact import Redactor
from ..core.refusal import parse_object
from ..core.target import Target, quote_all
from ..errors import timed_out
from .answer import Unwatched, answer_of, shown_request
from .deadline import Deadline
from .shell import Lost, Shell
from .vault_client import VaultClient, VaultRequest

_GRACE_SECONDS = 2.0
"""The vault ends the call at its time with an answer that says more; ours ends only after it."""

_NO_SECRETS = Redactor(())


async def send_proxied(
    call: Call, idempotency_key: str | None, client: VaultClient, idle: float | None
) -> httpx.Response | ApprovalState:
    """The upstream's answer, its body unread, or that the call is held."""
    headers = _proxy_headers(call, idempotency_key, client)
    deadline = Deadline(call.timeout + _GRACE_SECONDS)
    started_at = time.monotonic()
    request = VaultRequest(
        call.method,
        "/v1/proxy",
        is_repeatable=call.body.is_replayable,
        headers=headers,
        body=call.body,
        is_proxied=True,
    )
    answer = await client.send(request, deadline)
    approval_id = answer.headers.get("alter-approval") if answer.status_code == 202 else None
    if approval_id is not None:
        return await _held(answer, approval_id, client.shell)
    deadline.disarm(idle)
    return proxied_answer(answer, call, client.shell, time.monotonic() - started_at)


def proxied_answer(answer: httpx.Response, call: Call, shell: Shell, elapsed: float) -> httpx.Response:
    """For an answer that came through the vault: redacted there, told of there."""
    request = shown_request(call.method, call.target, call.headers)
    return answer_of(answer, request, _NO_SECRETS, Unwatched(), shell, elapsed)


def result_of(
    answer: httpx.Response, state: ApprovalState, target: Target | None, shell: Shell
) -> httpx.Response:
    """The same for the answer to a held call, which may be fetched by a process that never knew its URL."""
    known = target or Target("https", state.host or "approval.invalid", "/", None)
    request = shown_request(state.method or "GET", known, {})
    return answer_of(answer, request, _NO_SECRETS, Unwatched(), shell, 0.0)


async def _held(answer: httpx.Response, approval_id: str, shell: Shell) -> ApprovalState:
    try:
        body = await shell.read(answer)
    except Lost as lost:
        if lost.is_late:
            raise timed_out(may_have_been_sent=True) from None
        body = b""
    finally:
        await shell.close(answer)
    state = parse_state(parse_object(body), approval_id)
    told = ApprovalState(approval_id, state.status, request_id=answer.headers.get("alter-request-id"))
    return told.after(state)


def _proxy_headers(call: Call, idempotency_key: str | None, client: VaultClient) -> Headers:
    headers = {name: value for name, value in call.headers.items() if not client.is_inside(value)}
    headers.setdefault("accept-encoding", "gzip, deflate")
    headers["alter-grant"] = quote_all("grant_id", call.grant_id)
    headers["alter-url"] = call.target.href
    # WIRE §9: percent-encoded UTF-8, decoded once.
    for name, value in (("reason", call.reason), ("context", call.context), ("caller", call.caller)):
        if value is not None:
            headers[f"alter-{name}"] = quote_all(name, value)
    if math.isfinite(call.timeout):
        headers["alter-timeout-ms"] = str(math.ceil(call.timeout * 1000))
    if idempotency_key is not None:
        headers["idempotency-key"] = parse_idempotency_key(idempotency_key)
    return headers
