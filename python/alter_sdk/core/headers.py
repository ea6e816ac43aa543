"""Header fields as the SDK holds them: names in lower case, values as texts of one character for each byte (latin-1).

Copies what a caller gave where a value that no header may hold is refused without being quoted: it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..errors import invalid

HeaderFields = Mapping[str, str] | Iterable[tuple[str, str]]
"""What a caller may give: a mapping (`httpx.Headers` too), or pairs."""

Headers = dict[str, str]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")

_NOT_THE_CALLERS = (
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "host",
    "content-length",
)
"""RFC 9110 section 7.6.1, and what follows from the URL and the body."""


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def copy_headers(fields: HeaderFields | None) -> Headers:
    """A name given twice is one field with both values, as RFC 9110 section 5.3 reads it."""
    headers: Headers = {}
    if fields is None:
        return headers
    multi = getattr(fields, "multi_items", None)
    pairs = multi() if callable(multi) else fields.items() if isinstance(fields, Mapping) else fields
    for pair in pairs:
        append(headers, *_checked(pair))
    return headers


def _checked(pair: object) -> tuple[str, str]:
    if isinstance(pair, tuple) and len(pair) == 2:
        name, value = pair
        if isinstance(name, str) and isinstance(value, str) and is_token(name) and is_value(value):
            return name, value.strip(" \t")
    raise invalid("headers", "a name is no token, or a value holds characters that no header may hold.")


def is_value(text: str) -> bool:
    """R6: no control character but the tab, nothing above U+00FF."""
    return _BAD_VALUE.search(text) is None


def append(headers: Headers, name: str, value: str) -> None:
    name = name.lower()
    headers[name] = f"{headers[name]}, {value}" if name in headers else value


def prepare_headers(fields: HeaderFields | None) -> Headers:
    """What the caller has a say in."""
    headers = copy_headers(fields)
    for name in headers.get("connection", "").split(","):
        headers.pop(name.strip().lower(), None)
    headers = without_framing(headers)
    for name in headers:
        if name.startswith("alter-"):
            raise invalid(f"headers.{name}", "headers that begin with Alter- are the vault's own.")
    return headers


def without_framing(headers: Headers) -> Headers:
    """Less what follows from the URL, the body and the connection."""
    return {name: value for name, value in headers.items() if name not in _NOT_THE_CALLERS}


def to_wire(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
