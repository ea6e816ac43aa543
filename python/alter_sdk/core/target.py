"""The target of a call: parsed once, by the rules that the vault itself applies to `Alter-Url` (WIRE §9), so that SDK,
policy, signature and wire see one URL. Knows nothing of credentials.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote

from ..errors import invalid

QueryValue = str | int | float | bool | None
Query = Mapping[str, QueryValue | Sequence[QueryValue]] | Iterable[tuple[str, QueryValue]]
"""Parameters appended to those of the URL; a list gives one parameter for each item, None gives none."""

PathParams = Mapping[str, str | int]
"""Values for `{name}` in the path of the URL, each written as one segment."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WRITTEN = re.compile(r"(https?)://([^/?#\\]*)([^?]*)(?:\?(.*))?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9a-f:]+\]|[^:@\[\]]+)(?::([0-9]+))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f)", re.IGNORECASE)
_DEFAULT_PORT = {"http": "80", "https": "443"}
_HOST_CHARS_MAX = 253

_PATH_SAFE = "/%:@!$&'()*+,;="
_QUERY_SAFE = "/%:@!$&()*+,;=?[]"
"""What every URL parser leaves as it is: what is written here is what is judged, signed and sent."""


@dataclass(frozen=True)
class Target:
    """A URL in the one form in which it is judged, signed and sent. Its parts are ASCII."""

    scheme: str
    authority: str
    path: str
    query: str | None

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def raw_path(self) -> str:
        """As in the first line of a request."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def href(self) -> str:
        return self.origin + self.raw_path


def parse_target(url: str, query: Query | None = None, path_params: PathParams | None = None) -> Target:
    """A URL that is what the caller wrote, or an `invalid_request`. `query` is appended to it."""
    if not isinstance(url, str):
        raise invalid("url", "a text is needed.")
    if _CONTROL.search(url) or url != url.strip():
        raise invalid("url", "control characters and surrounding blanks are not allowed.")
    if "#" in url:
        raise invalid("url", "a fragment is not allowed; it is never sent.")
    match = _WRITTEN.fullmatch(url)
    if match is None:
        raise invalid("url", "an absolute URL of http or https is needed.")
    scheme, authority, path, written = (
        match.group(1).lower(),
        match.group(2).lower(),
        match.group(3),
        match.group(4),
    )
    if "@" in authority:
        raise invalid("url", "user information is not allowed; the vault injects the credential.")
    if "\\" in url.split("?", 1)[0]:
        raise invalid("url", "a backslash is not allowed before the query.")
    canonical = _canonical_authority(scheme, authority)
    path = _normal_path(_fill(path, path_params))
    parts = [] if written is None else [_encode(written, _QUERY_SAFE)]
    added = "" if query is None else _format_query(query)
    if added:
        parts = [part for part in parts if part] + [added]
    return Target(scheme, canonical, path, "&".join(parts) if parts else None)


def _canonical_authority(scheme: str, authority: str) -> str:
    """S11: what is written and what is dialled are the same host, letter case and a default port aside."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None or not _is_canonical_host(match.group(1)):
        raise invalid(
            "url",
            "write the host in its canonical form: a name in ASCII, dotted IPv4, or shortest IPv6 in brackets.",
        )
    host, port = match.group(1), match.group(2)
    if port is None or port == _DEFAULT_PORT[scheme]:
        return host
    if _PORT.fullmatch(port) is None or int(port) > 65_535:
        raise invalid("url", "a port is 1 to 65535, without leading zeros.")
    return f"{host}:{port}"


def _is_canonical_host(host: str) -> bool:
    if host.startswith("["):
        return _shortest_ipv6(host[1:-1]) == host[1:-1]
    labels = host.split(".")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        # S3: a name that ends in a number is an IPv4 address, and has one form.
        try:
            return str(IPv4Address(host)) == host
        except AddressValueError:
            return False
    return len(host) <= _HOST_CHARS_MAX and all(_LABEL.fullmatch(label) for label in labels)


def _shortest_ipv6(text: str) -> str | None:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    mapped = address.ipv4_mapped
    if mapped is None:
        return address.compressed
    # The URL standard writes these in hexadecimal, some versions of Python with dots.
    return f"::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}"


def _fill(path: str, params: PathParams | None) -> str:
    if params is None:
        return path
    unused = set(params)

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in params:
            raise invalid(f"path_params.{name}", "the URL names it, and no value was given.")
        unused.discard(name)
        return _segment(name, str(params[name]))

    filled = _PLACEHOLDER.sub(value_of, path)
    if unused:
        raise invalid(f"path_params.{min(unused)}", "the path of the URL does not name it.")
    return filled


def _segment(name: str, value: str) -> str:
    """S14: a value is one segment, whatever it holds."""
    if value in ("", ".", ".."):
        raise invalid(f"path_params.{name}", "an empty value or a dot segment would change the path.")
    return quote_all(f"path_params.{name}", value)


def _normal_path(path: str) -> str:
    """Dot segments are resolved as the URL standard says, so that no path can climb out later."""
    encoded = _encode(path, _PATH_SAFE)
    if _ENCODED_CONTROL.search(encoded):
        raise invalid("url", "encoded control characters are not allowed in a path.")
    kept: list[str] = []
    segments = encoded.split("/")[1:]
    for at, segment in enumerate(segments):
        plain = re.sub("%2e", ".", segment, flags=re.IGNORECASE)
        is_last = at == len(segments) - 1
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
            continue
        if is_last:
            kept.append("")
    return "/" + "/".join(kept)


def _encode(text: str, safe: str) -> str:
    try:
        return quote(_LONE_PERCENT.sub("%25", text), safe=safe)
    except UnicodeEncodeError:
        raise invalid("url", "a lone surrogate can not be sent.") from None


def quote_all(name: str, value: str) -> str:
    """Percent-encoded UTF-8 of everything but unreserved characters; `%20` for a blank, as `+` means different things."""
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise invalid(name, "a lone surrogate can not be sent.") from None


def _format_query(query: Query) -> str:
    pairs = query.items() if isinstance(query, Mapping) else query
    return "&".join(
        f"{quote_all('query_params', name)}={quote_all('query_params', text)}"
        for name, value in pairs
        for text in _texts(value)
    )


def _texts(value: QueryValue | Sequence[QueryValue]) -> Iterable[str]:
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    for item in values:
        if isinstance(item, bool):
            yield "true" if item else "false"
        elif item is not None:
            yield str(item)
