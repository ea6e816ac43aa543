"""The synchronous twin: the same clients, whose calls block. How it is done stands in `flow`, once for both."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import httpx

from .core.call import PresignOptions, ProxyOptions, RequestOptions
from .core.release import PresignedUrl
from .drop_in import SyncAlterTransport, TransportOptions, fixed_options
from .flow.engine import TIMEOUT_SECONDS, Engine, check_agent_key
from .flow.shell import BlockingShell, run
from .http_method import HttpMethod
from .proxy_result import ProxyResult
from .sync_approvals import ApprovalPendingError, Approvals, PendingApproval

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .aws import Boto3Options


class App:
    """A client of a vault. Make one for the process and close it at the end (`with`), so that the outcomes of the last
    calls are reported; what is left is reported when the process exits.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        caller: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """
        api_key: `alter_key_app_…` or `alter_key_agent_…`; without it `ALTER_API_KEY`.
        base_url: without it `ALTER_BASE_URL`, or else http://127.0.0.1:7400. Another host than loopback needs https.
        caller: which code path makes the calls, for the audit log. Attribution, never access.
        timeout: seconds until an answer must have begun. A body that is read as a whole may then pause as long again, a streamed
            one as long as it likes.
        ssl_context: which certificates are trusted, for the vault and for upstreams; without it those of httpx.
        """
        self._engine = Engine(BlockingShell, api_key, base_url, caller, timeout, ssl_context)
        self.approvals = Approvals(self._engine)
        """The calls of this key that were held."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._engine.client.base_url!r}, caller={self._engine.caller!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A client holds an API key and is not pickled. Make another one where it is needed.")

    def request(
        self, method: HttpMethod | str, url: str | httpx.URL, **options: Unpack[RequestOptions]
    ) -> httpx.Response:
        """Makes a call from this process with a credential that the vault releases for it; its body is read.

        Redirects are not followed: a 3xx is returned with its `Location`. The call goes out at most once. A status of 400 and more
        is an answer, not an error.

        Raises a subclass of AlterError where the vault refuses or the upstream can't be reached.
        """
        return run(self._engine.request(method, url, options, is_streamed=False))

    @contextmanager
    def stream(
        self, method: HttpMethod | str, url: str | httpx.URL, **options: Unpack[RequestOptions]
    ) -> Iterator[httpx.Response]:
        """As `request`, for a body that is read as it comes: `with vault.stream(…) as response`."""
        response = run(self._engine.request(method, url, options, is_streamed=True))
        try:
            yield response
        finally:
            response.close()

    def proxy_request(
        self, method: HttpMethod | str, url: str | httpx.URL, **options: Unpack[ProxyOptions]
    ) -> ProxyResult:
        """Has the vault make a call, so that the credential never comes here; its body is read.

        Raises as `request`; ApprovalPendingError where people have to decide first, unless `await_approval` waits for them, and then
        ApprovalDeniedError, ApprovalExpiredError, ApprovalCancelledError or ApprovalStaleError.
        """
        return ProxyResult(self._proxy(method, url, options, is_streamed=False))

    @contextmanager
    def proxy_stream(
        self, method: HttpMethod | str, url: str | httpx.URL, **options: Unpack[ProxyOptions]
    ) -> Iterator[ProxyResult]:
        """As `proxy_request`, for a body that is read as it comes."""
        response = self._proxy(method, url, options, is_streamed=True)
        try:
            yield ProxyResult(response)
        finally:
            response.close()

    def approval(self, approval_id: str) -> PendingApproval:
        """One of this key's held calls by its id, also one that another process made."""
        return self.approvals.get(approval_id)

    def transport(self, **options: Unpack[TransportOptions]) -> SyncAlterTransport:
        """A transport for one grant, for clients of httpx. Keys that they send themselves are replaced."""
        mode, fixed = fixed_options(options)

        async def send(method: str, url: str, options: Any) -> httpx.Response:
            if mode == "request":
                return await self._engine.request(method, url, options, is_streamed=True)
            return self._proxy(method, url, options, is_streamed=True)

        return SyncAlterTransport(send, fixed, options.get("library", httpx))

    def http_client(self, **options: Unpack[TransportOptions]) -> Any:
        """An `httpx.Client` for one grant, for SDKs of vendors that take one (`http_client=`); or that of `library`."""
        timeout = options.get("timeout") or self._engine.defaults.timeout
        library = options.get("library", httpx)
        return library.Client(transport=self.transport(**options), trust_env=False, timeout=timeout)

    def requests_session(self, **options: Unpack[TransportOptions]) -> Any:
        """A `requests.Session` for one grant, for SDKs of vendors that take one; needs requests."""
        from .requests_adapter import session_over

        return session_over(self.transport(**options))

    def presign(
        self, method: HttpMethod | str, url: str | httpx.URL, **options: Unpack[PresignOptions]
    ) -> PresignedUrl:
        """AWS only: a URL that whoever has it can call until it expires. Nothing is sent to AWS from here."""
        return run(self._engine.presign(method, url, options))

    def boto3_client(self, service: str, **options: Unpack[Boto3Options]) -> Any:
        """A client of boto3 whose every request is signed by the vault, or made by it (`mode="proxy"`); `ClientError` is AWS's, an
        AlterError ours.

        Needs `pip install 'alter-sdk[aws]'`. Presigned URLs are asked for at the vault, too; signed forms
        (`generate_presigned_post`), SigV4A and sessions of S3 Express are refused.
        """
        from . import aws

        return aws.make_client(self._engine, service, options)

    def boto3_resource(self, service: str, **options: Unpack[Boto3Options]) -> Any:
        """The same for `boto3.resource`."""
        from . import aws

        return aws.make_resource(self._engine, service, options)

    def close(self) -> None:
        """Reports what is still to be reported. Calls after it are refused; streams may still be read."""
        self._engine.close()
        run(self._engine.client.shell.shut())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _proxy(self, method: str, url: object, options: ProxyOptions, is_streamed: bool) -> httpx.Response:
        return run(
            self._engine.proxy(method, url, options, is_streamed, PendingApproval, ApprovalPendingError)
        )


AlterVault = App
"""The same."""


class Agent(App):
    """A client that acts as one agent: takes agent keys only."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        caller: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(
            check_agent_key(api_key),
            base_url=base_url,
            caller=caller,
            timeout=timeout,
            ssl_context=ssl_context,
        )


__all__ = ["Agent", "AlterVault", "App", "ApprovalPendingError", "Approvals", "PendingApproval"]
