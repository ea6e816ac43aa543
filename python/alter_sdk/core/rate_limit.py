"""Reads `RateLimit` and `RateLimit-Policy` (IETF draft "RateLimit header fields for HTTP"): lists of quoted names, each
with parameters. What can't be read is left out, for it only informs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import RateLimit

_FIELD_CHARS_MAX = 4096
"""A field of more than a few limits is none of a vault's."""

# RFC 9651: a string, or a token, and parameters of whole numbers; other parameters are passed over.
_MEMBER = re.compile(
    r'\s*(?:"((?:[^"\\]|\\["\\])*)"|([A-Za-z*][\w*.!#$%&\'+^`|~:/-]*))'
    r'((?:\s*;\s*[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[^"\\]|\\["\\])*"|[^\s;,"]+))?)*)\s*(?:,|$)',
    re.ASCII,
)
_PARAMETER = re.compile(r";\s*([a-z*][a-z0-9_.*-]*)=(\d{1,15})(?=\s*(?:;|$))", re.ASCII)


def parse_rate_limits(headers: Mapping[str, str]) -> tuple[RateLimit, ...]:
    """Empty where the answer says nothing of limits."""
    states = _parse_members(headers.get("ratelimit", ""))
    policies = _parse_members(headers.get("ratelimit-policy", ""))
    return tuple(
        RateLimit(
            name=name,
            limit=policies.get(name, {}).get("q"),
            window_ms=_in_ms(policies.get(name, {}).get("w")),
            remaining=states.get(name, {}).get("r"),
            reset_ms=_in_ms(states.get(name, {}).get("t")),
        )
        for name in {**states, **policies}
    )


def _in_ms(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1000


def _parse_members(field: str) -> dict[str, dict[str, int]]:
    members: dict[str, dict[str, int]] = {}
    text = field[:_FIELD_CHARS_MAX]
    at = 0
    while (match := _MEMBER.match(text, at)) is not None and match.end() > at:
        quoted, token, parameters = match.groups()
        name = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        members[name] = {key: int(value) for key, value in _PARAMETER.findall(parameters)}
        at = match.end()
    return members
