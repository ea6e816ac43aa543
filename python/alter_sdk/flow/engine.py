"""What a client of either kind does, written once: calls in both modes, held calls, the end of the client. The clients only say
how it is awaited.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import httpx

from ..core.approval_state import ApprovalState
from ..core.call import (
    KNOWN_PRESIGN,
    KNOWN_PROXY,
    KNOWN_REQUEST,
    AwaitApproval,
    Call,
    CallDefaults,
    parse_body_sha256,
    parse_timeout,
    prepare_call,
)
from ..core.release import PresignedUrl
from ..core.target import Target
from ..errors import ClosedError, ErrorDetail, TimeoutError, invalid
from .held_call import HeldCall
from .outcomes import OutcomeReporter
from .proxy_mode import send_proxied
from .request_mode import presign_released, send_released
from .shell import BlockingShell, Shell
from .vault_client import VaultClient

BASE_URL = "http://127.0.0.1:7400"
TIMEOUT_SECONDS = 60.0
EXPIRES_SECONDS = 900
"""Of a presigned URL: as long as AWS takes a signature in headers."""

Held = TypeVar("Held", bound=HeldCall)


class Engine:
    """One vault, one API key, one shell."""

    def __init__(
        self,
        make_shell: Callable[[ssl.SSLContext], Shell],
        api_key: str | None,
        base_url: str | None,
        caller: str | None,
        timeout: float,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.tls = tls or _usual_tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        self.client = VaultClient(
            key_of(api_key), _given_or(base_url, "ALTER_BASE_URL") or BASE_URL, make_shell(self.tls)
        )
        self.caller = caller
        self.defaults = CallDefaults(caller, parse_timeout(timeout))
        self.blocking = self.client.over(BlockingShell(self.tls))
        """The same vault for what has no loop."""
        self.reporter = OutcomeReporter(self.blocking)
        self._is_closed = False

    def assert_open(self) -> None:
        if self._is_closed:
            raise ClosedError(ErrorDetail("closed", "This client was closed.", hint="Make another one."))

    async def request(
        self, method: str, url: object, options: Mapping[str, Any], is_streamed: bool
    ) -> httpx.Response:
        self.assert_open()
        call = prepare_call(method, url, options, KNOWN_REQUEST, self.defaults)
        body_sha256 = parse_body_sha256(options.get("body_sha256"))
        idle = None if is_streamed else call.timeout
        response = await send_released(call, body_sha256, self.client, self.reporter, idle)
        return response if is_streamed else await self.read(response)

    async def presign(self, method: str, url: object, options: Mapping[str, Any]) -> PresignedUrl:
        self.assert_open()
        call = prepare_call(method, url, options, KNOWN_PRESIGN, self.defaults)
        body_sha256 = parse_body_sha256(options.get("body_sha256"))
        return await presign_released(
            call, options.get("expires_in", EXPIRES_SECONDS), body_sha256, self.client
        )

    async def proxy(
        self,
        method: str,
        url: object,
        options: Mapping[str, Any],
        is_streamed: bool,
        held: Callable[[ApprovalState, VaultClient, Target], Held],
        pending: Callable[[Held], Exception],
    ) -> httpx.Response:
        self.assert_open()
        call = prepare_call(method, url, options, KNOWN_PROXY, self.defaults)
        wait = _parse_await(options.get("await_approval"))
        response = await self._proxied(call, options.get("idempotency_key"), wait, is_streamed, held, pending)
        return response if is_streamed else await self.read(response)

    async def _proxied(
        self,
        call: Call,
        idempotency_key: str | None,
        wait: AwaitApproval | None,
        is_streamed: bool,
        held: Callable[[ApprovalState, VaultClient, Target], Held],
        pending: Callable[[Held], Exception],
    ) -> httpx.Response:
        answer = await send_proxied(call, idempotency_key, self.client, None if is_streamed else call.timeout)
        if isinstance(answer, httpx.Response):
            return answer
        approval = held(answer, self.client, call.target)
        # An idempotency key found a call that has ended already: its end is the answer.
        if answer.is_final:
            return await approval._wait(None)
        if wait is None:
            raise pending(approval)
        if wait.on_pending is not None:
            tell: Callable[[Any], None] = wait.on_pending
            tell(approval)
        try:
            return await approval._wait(wait.timeout)
        except TimeoutError:
            # Time that runs out must not lose the approval: it comes with the error.
            error = pending(approval)
        raise error

    async def read(self, response: httpx.Response) -> httpx.Response:
        try:
            await self.client.shell.read(response)
        finally:
            await self.client.shell.close(response)
        return response

    def close(self) -> None:
        """Calls after it are refused; what is still to be reported is reported."""
        self._is_closed = True
        self.reporter.finish()


@lru_cache(maxsize=4)
def _usual_tls(_cert_file: str | None, _cert_dir: str | None) -> ssl.SSLContext:
    """As httpx does it: the bundle of certifi, or what these variables name. It takes long enough to be done once."""
    return httpx.create_ssl_context()


def key_of(api_key: str | None) -> str:
    return _given_or(api_key, "ALTER_API_KEY") or ""


def check_agent_key(api_key: str | None) -> str:
    """An agent acts with an agent's key only."""
    key = key_of(api_key)
    if key != "" and not key.startswith("alter_key_agent_"):
        raise invalid("api_key", "an agent key (alter_key_agent_…) is needed.")
    return key


def _given_or(value: str | None, variable: str) -> str | None:
    return os.environ.get(variable) if value is None else value


def _parse_await(value: object) -> AwaitApproval | None:
    if value is None or value is False:
        return None
    wait = AwaitApproval() if value is True else value
    if not isinstance(wait, AwaitApproval):
        raise invalid("await_approval", "True or AwaitApproval(…) is needed.")
    if wait.timeout is not None:
        parse_timeout(wait.timeout, "await_approval.timeout")
    return wait
