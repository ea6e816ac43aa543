"""The bridge to boto3: clients whose every request is signed by the vault (request mode) or made by it (proxy mode). The secret
access key never comes here; what comes is a signature of one request, asked for anew whenever a request is sent again, or the answer.

Needs boto3 (`pip install 'alter-sdk[aws]'`), and is imported only where it is used. Touches no variable of the environment, and
of botocore only what is documented: events, and two kinds of signature of its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import boto3
import botocore.auth
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials

from .aws_proxy import VaultSender
from .core.body import format_json, length_left
from .core.call import Context, parse_timeout
from .core.headers import without_framing
from .core.release import parse_presigned, parse_release
from .core.target import quote_all
from .drop_in import Mode
from .errors import invalid
from .flow.deadline import Deadline
from .flow.engine import Engine
from .flow.request_mode import CallWatch, ask_vault
from .flow.shell import run

if TYPE_CHECKING:
    from typing_extensions import Required

_SIGNATURE = "alter-vault"
_WATCH = "alter_vault_watch"
_INERT = "held-by-the-vault"
"""Stands where botocore wants a key; signs nothing that AWS takes."""

_S3_NAMES = frozenset(("s3", "s3express", "s3-outposts", "s3-object-lambda"))
_UNSIGNED = frozenset(("none", "bearer", "smithy.api#noAuth", "smithy.api#httpBearerAuth"))
_UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


class Boto3Options(TypedDict, total=False):
    """Whose signature, and what goes to boto3 as it is."""

    grant_id: Required[str]
    mode: Mode
    """Who sends the requests: this process (`request`, by default), or the vault (`proxy`)."""
    reason: str | None
    context: Context | None
    caller: str | None
    timeout: float | None
    """Seconds: to be told a signature, to connect, and between two reads; in proxy mode until the answer must have begun."""
    region_name: str | None
    endpoint_url: str | None
    api_version: str | None
    use_ssl: bool
    verify: bool | str | None
    config: Any
    """A `botocore.config.Config`. Without `proxies` in it those of the environment are not used."""


_OURS = frozenset(("grant_id", "mode", "reason", "context", "caller", "timeout"))


def make_client(engine: Engine, service: str, options: Boto3Options) -> Any:
    session, more = _prepare(engine, options)
    return session.client(service, **more)


def make_resource(engine: Engine, service: str, options: Boto3Options) -> Any:
    session, more = _prepare(engine, options)
    return session.resource(service, **more)


def _prepare(engine: Engine, options: Boto3Options) -> tuple[VaultSession, dict[str, Any]]:
    for name in options:
        if name not in Boto3Options.__annotations__:
            raise TypeError(f"{name!r} is no option of a client of boto3 here")
    signer = VaultSigner(engine, options)
    more = {name: value for name, value in options.items() if name not in _OURS and value is not None}
    usual = Config(proxies={})
    if options.get("timeout") is not None:
        usual = usual.merge(Config(connect_timeout=signer.timeout, read_timeout=signer.timeout))
    config = options.get("config")
    more["config"] = usual if config is None else usual.merge(config)
    return VaultSession(signer), more


class VaultSigner:
    """Asks the vault for signatures with one grant."""

    def __init__(self, engine: Engine, options: Boto3Options) -> None:
        if not options.get("grant_id"):
            raise invalid("grant_id", "a grant id is needed.")
        context = options.get("context")
        if context is not None:
            format_json("context", context)
        caller = options.get("caller")
        said = {
            "grant_id": options["grant_id"],
            "reason": options.get("reason"),
            "context": context,
            "caller": engine.caller if caller is None else caller,
        }
        self._engine = engine
        self._said = {name: value for name, value in said.items() if value is not None}
        timeout = options.get("timeout")
        self.timeout = engine.defaults.timeout if timeout is None else parse_timeout(timeout)
        mode = options.get("mode", "request")
        if mode not in ("request", "proxy"):
            raise invalid("mode", "request or proxy is needed.")
        self.sender = VaultSender(engine, self._said, self.timeout) if mode == "proxy" else None
        """In proxy mode."""

    def __repr__(self) -> str:
        return f"VaultSigner(grant_id={self._said['grant_id']!r})"

    def sign(self, request: Any, payload: str) -> None:
        """Puts a signature of exactly this request into its headers."""
        headers = _headers_of(request)
        is_streamed = payload.startswith("STREAMING-")
        if is_streamed:
            headers["x-amz-content-sha256"] = payload
        asked = {"headers": headers} if is_streamed else {"headers": headers, "body_sha256": payload}
        release = parse_release(self._ask(request, asked))
        release.sign(request.headers)
        request.context[_WATCH] = CallWatch(
            release.request_id, _length_of(request.body), self._engine.reporter
        )

    def presign(self, request: Any, expires_in: int) -> None:
        """Makes the URL of this request one that works by itself."""
        asked = {"headers": _headers_of(request), "presign": {"expires_in_seconds": expires_in}}
        origin = "://".join(urlsplit(request.url)[:2])
        request.url = parse_presigned(self._ask(request, asked), origin).url

    def _ask(self, request: Any, more: Mapping[str, object]) -> dict[str, Any]:
        self._engine.assert_open()
        asked = {**self._said, "method": request.method.upper(), "url": request.url, **more}
        return run(ask_vault(asked, self._engine.blocking, Deadline(self.timeout)))


class VaultCredentials(Credentials):  # type: ignore[misc]  # botocore has no types
    """What carries the signer to where botocore signs."""

    def __init__(self, signer: VaultSigner) -> None:
        super().__init__(_INERT, _INERT, method=_SIGNATURE)
        self.signer = signer

    def get_frozen_credentials(self) -> VaultCredentials:
        return self


class _Resolver:
    """In the place of what looks for credentials in the environment, in files and on the network."""

    def __init__(self, signer: VaultSigner) -> None:
        self._signer = signer

    def load_credentials(self) -> VaultCredentials:
        return VaultCredentials(self._signer)


class VaultAuth(botocore.auth.SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """Signature Version 4, by the vault. What of the body is signed, botocore says itself."""

    def add_auth(self, request: Any) -> None:
        _fold_params(request)
        if self._service_name in _S3_NAMES:
            # S3 lets a body go unsigned where TLS and a checksum cover it.
            rules = botocore.auth.S3SigV4Auth(self.credentials, self._service_name, self._region_name)
            self._sign(request, rules.payload(request), declares=True)
        else:
            self._sign(request, self.payload(request), declares=False)

    def _sign(self, request: Any, payload: str, declares: bool) -> None:
        signer = self.credentials.signer
        if signer.sender is None:
            signer.sign(request, payload)
        elif declares and payload != _UNSIGNED_PAYLOAD:
            # The vault signs later, and before it has seen all of a large body.
            del request.headers["x-amz-content-sha256"]
            request.headers["x-amz-content-sha256"] = payload


class VaultQueryAuth(botocore.auth.SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """A presigned URL, by the vault."""

    def __init__(self, credentials: Any, service_name: str, region_name: str, expires: int = 3600) -> None:
        super().__init__(credentials, service_name, region_name)
        self._expires = expires

    def add_auth(self, request: Any) -> None:
        if request.headers.get("content-type") == _FORM:
            del request.headers["content-type"]
        if request.data:
            # Services that take a form take its fields in the query, too.
            _add_query(request, _fields_of(request.data))
            request.data = ""
        _fold_params(request)
        self.credentials.signer.presign(request, self._expires)


class VaultPostAuth(botocore.auth.SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """Signed forms for browsers are not made by the vault."""

    def add_auth(self, request: Any) -> None:
        raise invalid(
            "presign", "the vault makes URLs and no forms: use generate_presigned_url with put_object."
        )


class VaultSession(boto3.Session):  # type: ignore[misc]  # boto3 has no types
    """A session of boto3 whose clients are signed for by the vault, whatever credentials the machine has."""

    def __init__(self, signer: VaultSigner) -> None:
        core = botocore.session.Session()
        core.register_component("credential_provider", _Resolver(signer))
        super().__init__(botocore_session=core)
        self._sender = signer.sender

    def client(self, *positional: Any, **named: Any) -> Any:
        client = super().client(*positional, **named)
        events, service = client.meta.events, client.meta.service_model.service_id.hyphenize()
        events.register_first(f"choose-signer.{service}", _choose_signer)
        events.register(f"response-received.{service}", _tell_outcome)
        if self._sender is not None:
            events.register_first(f"before-send.{service}", self._sender.send)
        return client


def _choose_signer(signature_version: Any, context: Mapping[str, Any], **_: object) -> str | None:
    """The vault signs all that is signed. None leaves it to botocore: what goes out unsigned, or with a bearer token."""
    if (
        signature_version is botocore.UNSIGNED
        or context.get("auth_type") in _UNSIGNED
        or signature_version == "bearer"
    ):
        return None
    for way, name in (("v4a", "several regions (SigV4A)"), ("v4-s3express", "sessions of S3 Express")):
        if str(signature_version).startswith(way) or str(signature_version).startswith(f"s3{way}"):
            raise invalid("service", f"the vault does not sign for {name}.")
    return _SIGNATURE


def _tell_outcome(context: Mapping[str, Any], response_dict: Any, exception: Any = None, **_: object) -> None:
    watch: CallWatch | None = context.get(_WATCH)
    if watch is None:
        return
    if response_dict is None:
        is_late = "Timeout" in type(exception).__name__
        watch.ended("upstream_timeout" if is_late else "upstream_unreachable")
        return
    watch.answered(response_dict["status_code"])
    length = str(response_dict["headers"].get("content-length", ""))
    watch.received(int(length) if length.isdigit() else 0)
    watch.ended()


def _headers_of(request: Any) -> dict[str, str]:
    headers = {
        name.lower(): value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    return without_framing(headers)


def _fold_params(request: Any) -> None:
    if request.params:
        _add_query(request, list(request.params.items()))
        request.params = {}


def _add_query(request: Any, pairs: list[tuple[Any, Any]]) -> None:
    scheme, authority, path, query, _ = urlsplit(request.url)
    added = [f"{quote_all('params', str(name))}={quote_all('params', str(value))}" for name, value in pairs]
    request.url = urlunsplit((scheme, authority, path, "&".join(([query] if query else []) + added), ""))


def _fields_of(data: Any) -> list[tuple[Any, Any]]:
    if isinstance(data, Mapping):
        return list(data.items())
    return parse_qsl(data.decode() if isinstance(data, bytes) else str(data), keep_blank_values=True)


def _length_of(body: Any) -> int:
    if body is None:
        return 0
    return len(body) if isinstance(body, (bytes, bytearray, str)) else (length_left(body) or 0)


botocore.auth.AUTH_TYPE_MAPS.update(
    {
        _SIGNATURE: VaultAuth,
        f"{_SIGNATURE}-query": VaultQueryAuth,
        f"{_SIGNATURE}-presign-post": VaultPostAuth,
    }
)
