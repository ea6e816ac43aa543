"""One call as the caller meant it: options checked and copied before anything is sent, the same for request mode and proxy
mode. Knows nothing of credentials and sends nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypedDict

from ..errors import invalid
from .body import Body, Content, format_json, prepare_body
from .headers import HeaderFields, Headers, is_token, prepare_headers
from .target import PathParams, Query, Target, parse_target

if TYPE_CHECKING:
    from typing_extensions import Required

    from ..approvals import PendingApproval
    from ..sync_approvals import PendingApproval as SyncPendingApproval

Context = Mapping[str, Any]
"""JSON that says why or for whom the call is made; kept beside the audit event, at most 16 KB."""


@dataclass(frozen=True)
class AwaitApproval:
    """What to do with a call that people have to approve."""

    timeout: float | None = None
    """Seconds to wait for the decision and the answer; then ApprovalPendingError. None: as long as it takes."""
    on_pending: Callable[[PendingApproval], None] | Callable[[SyncPendingApproval], None] | None = None
    """Told once, when the call is held: the moment to show `approval_url`, or to keep `approval_id`."""


class CallOptions(TypedDict, total=False):
    """What every call takes."""

    grant_id: Required[str]
    """Which credential, under which policies: the id that the operator gave."""
    json: Any
    """Sent as JSON, with its content type. None sends no body."""
    json_body: Any
    """Another name of `json`."""
    content: Content | None
    """Sent as it is; a file or an iterable is sent while it is read."""
    data: Mapping[str, Any] | None
    """Sent as a form."""
    files: Any
    """Sent as a multipart form, as httpx takes it; `data` may go with it."""
    headers: HeaderFields | None
    """Added to the request; nothing in them can replace what the vault injects."""
    extra_headers: HeaderFields | None
    """Another name of `headers`."""
    params: Query | None
    """Appended to the query of the URL."""
    query_params: Query | None
    """Another name of `params`."""
    path_params: PathParams | None
    """Values for `{name}` in the path of the URL, each written as one segment."""
    reason: str | None
    """Why the call is made, for the audit log."""
    context: Context | None
    """Why or for whom, as JSON."""
    caller: str | None
    """Which code path makes the call; overrides that of the client."""
    timeout: float | None
    """Seconds until the answer must have begun; overrides that of the client."""


class RequestOptions(CallOptions, total=False):
    """What `request()` takes besides."""

    body_sha256: str | None
    """For AWS only, where the body is a stream: its SHA-256 in hex, or `UNSIGNED-PAYLOAD` (S3 over https)."""


class ProxyOptions(CallOptions, total=False):
    """What `proxy_request()` takes besides."""

    idempotency_key: str | None
    """Sent to the upstream as it is; in the vault it finds an earlier held call again."""
    await_approval: bool | AwaitApproval | None
    """Wait for the people who have to approve, instead of raising ApprovalPendingError."""


class PresignOptions(TypedDict, total=False):
    """What `presign()` takes."""

    grant_id: Required[str]
    expires_in: int
    """Whole seconds from now; the secret of the grant has a limit. 900 by default."""
    headers: HeaderFields | None
    """Signed where they begin with `x-amz-`, or are `content-type` or `content-md5`: whoever calls the URL must send them."""
    params: Query | None
    path_params: PathParams | None
    body_sha256: str | None
    """Binds the URL to one body: its SHA-256 in hex, for S3 to be sent as `x-amz-content-sha256`."""
    reason: str | None
    context: Context | None
    caller: str | None
    timeout: float | None


_KNOWN_CALL = frozenset(CallOptions.__annotations__)
KNOWN_REQUEST = _KNOWN_CALL | RequestOptions.__annotations__.keys()
KNOWN_PRESIGN = frozenset(PresignOptions.__annotations__)
KNOWN_PROXY = _KNOWN_CALL | ProxyOptions.__annotations__.keys()


@dataclass(frozen=True)
class CallDefaults:
    """What the client says for all its calls."""

    caller: str | None
    timeout: float


@dataclass(frozen=True, repr=False)
class Call:
    """A call that may be sent."""

    method: str
    target: Target
    headers: Headers
    body: Body
    grant_id: str
    reason: str | None
    context: str | None
    """JSON text."""
    caller: str | None
    timeout: float


def prepare_call(
    method: str, url: object, options: Mapping[str, Any], known: frozenset[str], defaults: CallDefaults
) -> Call:
    """Everything that is checked is checked here, so that a refused call leaves no trace anywhere."""
    for name in options:
        if name not in known:
            raise TypeError(f"{name!r} is no option of this call")
    grant_id = options.get("grant_id")
    if not isinstance(grant_id, str) or grant_id == "":
        raise invalid("grant_id", "a grant id is needed.")
    query = _either(options, "params", "query_params")
    target = parse_target(url if isinstance(url, str) else str(url), query, options.get("path_params"))
    headers = prepare_headers(_either(options, "headers", "extra_headers"))
    context = options.get("context")
    context_text = None if context is None else format_json("context", context)
    body = prepare_body(options)
    if body.content_type is not None:
        headers.setdefault("content-type", body.content_type)
    caller, timeout = options.get("caller"), options.get("timeout")
    return Call(
        method=_parse_method(method, body),
        target=target,
        headers=headers,
        body=body,
        grant_id=grant_id,
        reason=options.get("reason"),
        context=context_text,
        caller=defaults.caller if caller is None else caller,
        timeout=defaults.timeout if timeout is None else parse_timeout(timeout),
    )


def _either(options: Mapping[str, Any], name: str, other: str) -> Any:
    first, second = options.get(name), options.get(other)
    if first is not None and second is not None:
        raise invalid(name, f"give {name} or {other}, not both.")
    return second if first is None else first


def _parse_method(method: object, body: Body) -> str:
    text = method.value if isinstance(method, Enum) else method
    if not isinstance(text, str) or not is_token(text):
        raise invalid("method", "this is no HTTP method.")
    upper = text.upper()
    if upper in ("CONNECT", "TRACE", "TRACK"):
        raise invalid("method", f"{upper} can not be sent.")
    if body.content is not None and upper in ("GET", "HEAD"):
        raise invalid("content", f"{upper} has no body.")
    return upper


def parse_timeout(value: object, name: str = "timeout") -> float:
    """A number of seconds above 0, infinity included, or `invalid_request`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value) or value <= 0:
        raise invalid(name, "a number of seconds above 0 is needed.")
    return float(value)


def parse_body_sha256(value: str | None) -> str | None:
    """As `POST /v1/requests` takes it."""
    if (
        value is None
        or value == "UNSIGNED-PAYLOAD"
        or (len(value) == 64 and set(value) <= set("0123456789abcdef"))
    ):
        return value
    raise invalid("body_sha256", "64 hexadecimal digits in lower case or UNSIGNED-PAYLOAD are needed.")


def parse_idempotency_key(value: str) -> str:
    if isinstance(value, str) and 1 <= len(value) <= 255 and all("\x21" <= char <= "\x7e" for char in value):
        return value
    raise invalid("idempotency_key", "1 to 255 visible ASCII characters are needed.")
