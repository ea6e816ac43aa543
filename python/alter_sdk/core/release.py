"""What the vault releases for one call (WIRE §8) and how it gets into the request. It is used once, put into nothing that
is kept, and never printed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

from ..errors import (
    ErrorDetail,
    IntegrityError,
    InvalidRequestError,
    VaultUnreachableError,
    invalid,
    unreachable,
)
from .headers import Headers, append, is_token, is_value
from .redact import Redactor
from .target import Target, parse_target

Pair = tuple[str, str]

# Slots where vendors' SDKs and people put keys. What the caller sends there is never the credential, and two keys in one
# request let the upstream choose (R2).
_CREDENTIAL_SLOTS = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "x-amz-security-token",
        "x-amz-date",
    )
)

# Names of slots whose value is no secret: what templates set beside the credential, and ids. Any other may hold one, as
# vendors name them freely (`X-Honeycomb-Team`).
_PUBLIC_SLOT = re.compile(
    r"^(?:user-agent|accept|content-type)$|version$|-id$|tenant|organi[sz]ation|project|region|locale",
    re.IGNORECASE,
)
_SECRET_SLOT = re.compile(r"auth|key|token|secret|pass|cookie|credential|session|sig", re.IGNORECASE)
_PAYLOAD = re.compile(r"[\w-]+ +(\S.*)")

_SECRET_CHARS_MIN = 8
"""A value of fewer bytes is never looked for in an answer (WIRE §9)."""


class InjectedRequest:
    """The request as it goes out; prints nothing of itself."""

    __slots__ = ("headers", "redactor", "target")

    def __init__(self, target: Target, headers: Headers, redactor: Redactor) -> None:
        self.target = target
        self.headers = headers
        self.redactor = redactor

    def __repr__(self) -> str:
        return "InjectedRequest()"


def remove_callers_credentials(headers: Headers, is_own_key_in: Callable[[str], bool]) -> None:
    """Removes what the caller has no say in: credential slots, and this client's own key wherever it is."""
    for name, value in list(headers.items()):
        if _slot_of(name) in _CREDENTIAL_SLOTS or is_own_key_in(value):
            del headers[name]


class Release:
    """What goes into one request, and nowhere else."""

    __slots__ = ("_headers", "_query", "_removed_slots", "_url", "request_id")

    def __init__(
        self,
        request_id: str,
        headers: list[Pair],
        query: list[Pair],
        url: str | None,
        remove_headers: list[str],
    ) -> None:
        self.request_id = request_id
        self._headers = headers
        self._query = query
        self._url = url
        self._removed_slots = {_slot_of(name) for name in [*(name for name, _ in headers), *remove_headers]}

    def __repr__(self) -> str:
        return f"Release(request_id={self.request_id!r})"

    def inject(self, target: Target, callers_headers: Headers) -> InjectedRequest:
        """The request as it goes out. Injected values win, exactly one of each."""
        headers = {
            name: value
            for name, value in callers_headers.items()
            if _slot_of(name) not in self._removed_slots
        }
        base = self._find_target(target)
        if base is None:
            raise self._broken(
                "The vault answered with another origin than that of the call; nothing was sent."
            )
        if not all(is_token(name) and is_value(value) for name, value in self._headers):
            raise self._broken("The vault released what no header may hold; nothing was sent.")
        for name, value in self._headers:
            append(headers, name, value)
        query = _with_parameters(base.query, self._query)
        injected = Target(base.scheme, base.authority, base.path, query)
        return InjectedRequest(injected, headers, Redactor(self._secrets(target, injected)))

    def sign(self, headers: MutableMapping[str, str]) -> None:
        """Puts a signature into headers, for a request whose URL is signed as it stands."""
        if not self._is_signature or self._query or self._url is not None:
            raise invalid("grant_id", "the grant is for no AWS credential; nothing was sent.")
        for name in list(headers):
            if _slot_of(name) in self._removed_slots:
                del headers[name]
        for name, value in self._headers:
            headers[name] = value

    @property
    def _is_signature(self) -> bool:
        return any(value.startswith("AWS4-") for _, value in self._headers)

    def _find_target(self, target: Target) -> Target | None:
        """I7: whatever the vault answers, the credential goes to the origin that was judged."""
        if self._url is None:
            return target
        try:
            injected = parse_target(self._url)
        except InvalidRequestError:
            return None
        return injected if injected.origin == target.origin else None

    def _broken(self, message: str) -> IntegrityError:
        return IntegrityError(ErrorDetail("integrity_error", message, request_id=self.request_id))

    def _secrets(self, target: Target, injected: Target) -> Iterator[str]:
        for name, value in self._headers:
            # A signature is for one request and stands in error texts that people need; a session token is a secret.
            if _slot_of(name) == "x-amz-security-token" if self._is_signature else _is_secret_slot(name):
                yield from _secrets_of_header(value)
        for name, value in self._query:
            if _is_secret_slot(name):
                yield value
        callers = set(target.path.split("/"))
        for segment in injected.path.split("/"):
            if segment not in callers:
                yield from _secrets_of_segment(segment)
                yield from _secrets_of_segment(unquote(segment))


def _is_secret_slot(name: str) -> bool:
    return _SECRET_SLOT.search(name) is not None or _PUBLIC_SLOT.search(name) is None


def _secrets_of_segment(segment: str) -> Iterable[str]:
    """The value and what may stand before it in the format: `bot123:x` → `123:x`. An echo is as often the one as the other."""
    return segment, re.sub(r"^[a-zA-Z]+", "", segment)


def _secrets_of_header(value: str) -> Iterator[str]:
    """`Bearer x`, `Token token=x` → x; `Basic b64` → b64 and what it encodes; all also as a whole, as bytes and as text."""
    yield value
    yield _text_of_bytes(value)
    match = _PAYLOAD.fullmatch(value)
    if match is None:
        return
    payload = match.group(1)
    yield payload
    yield _text_of_bytes(payload)
    yield re.sub(r'^[\w-]*[=:]"?', "", payload)
    if value[:6].lower() == "basic ":
        yield from _secrets_of_pair(_decode_base64(payload))


def _secrets_of_pair(pair: str) -> Iterator[str]:
    """The password; where there is none to speak of, the user name is the secret (`key:`, `key:X`)."""
    user, _, password = pair.partition(":")
    yield pair
    yield password
    if len(password) < _SECRET_CHARS_MIN:
        yield user


def _text_of_bytes(value: str) -> str:
    """A header's value is one character for each byte; an upstream that echoes it in a body writes the text."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def _decode_base64(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _slot_of(name: str) -> str:
    """R2: upstreams that map `_` to `-` see both spellings as one header."""
    return name.lower().replace("_", "-")


def _with_parameters(query: str | None, added: list[Pair]) -> str | None:
    """Replaces parameters however their names are written, and leaves all others byte for byte as they are."""
    if not added:
        return query
    names = {name.lower() for name, _ in added}
    parts = query.split("&") if query else []
    kept = [part for part in parts if _name_of(part).removesuffix("[]") not in names]
    return "&".join(kept + [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in added])


def _name_of(part: str) -> str:
    return unquote_plus(part.partition("=")[0]).lower()


def parse_release(answer: object) -> Release:
    """The answer of POST /v1/requests, or an error that quotes nothing of it."""
    release = _find_release(answer)
    # I8: tools that print the variables of a traceback would show it.
    del answer
    if release is None:
        raise _unexpected()
    return release


@dataclass(frozen=True, repr=False)
class PresignedUrl:
    """A URL that whoever has it can call until it expires."""

    url: str
    headers: dict[str, str]
    """To be sent by whoever calls the URL, beside the headers that it was made with."""
    expires_at: datetime
    request_id: str
    """Finds the event in the audit log."""

    def __repr__(self) -> str:
        return f"PresignedUrl(expires_at={self.expires_at.isoformat()!r}, request_id={self.request_id!r})"


def parse_presigned(answer: object, origin: str) -> PresignedUrl:
    """The answer to a request with `presign`, or an error that quotes nothing of it."""
    presigned = _find_presigned(answer)
    del answer
    if presigned is None or not presigned.url.startswith(f"{origin}/"):
        raise _unexpected()
    return presigned


def _find_presigned(answer: object) -> PresignedUrl | None:
    fields = answer if isinstance(answer, dict) else {}
    inject, request_id, expires_at = fields.get("inject"), fields.get("request_id"), fields.get("expires_at")
    url = inject.get("url") if isinstance(inject, dict) else None
    pairs = _find_pairs(inject.get("headers")) if isinstance(inject, dict) else None
    if (
        not (isinstance(url, str) and isinstance(request_id, str) and isinstance(expires_at, str))
        or pairs is None
    ):
        return None
    try:
        # Python 3.10 reads no Z.
        at = datetime.fromisoformat(expires_at.replace("Z", "+00:00"))
    except ValueError:
        return None
    return PresignedUrl(url, dict(pairs), at, request_id)


def _unexpected() -> VaultUnreachableError:
    return unreachable(
        "The vault answered in a form that this SDK does not know.",
        hint="Use an SDK and a vault of versions that fit together.",
    )


def _find_release(answer: object) -> Release | None:
    fields = answer if isinstance(answer, dict) else {}
    request_id, inject = fields.get("request_id"), fields.get("inject")
    if not isinstance(request_id, str) or not isinstance(inject, dict):
        return None
    headers, query = _find_pairs(inject.get("headers")), _find_pairs(inject.get("query"))
    url, names = inject.get("url"), _find_list(inject.get("remove_headers"))
    if headers is None or query is None or not (url is None or isinstance(url, str)):
        return None
    if names is None or not all(isinstance(name, str) for name in names):
        return None
    return Release(request_id, headers, query, url, names)


def _find_list(value: object) -> list[Any] | None:
    if value is None:
        return []
    return value if isinstance(value, list) else None


def _find_pairs(value: object) -> list[Pair] | None:
    pairs = _find_list(value)
    if pairs is None or not all(_is_pair(pair) for pair in pairs):
        return None
    return [(pair[0], pair[1]) for pair in pairs]


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)
