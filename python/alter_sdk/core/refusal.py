"""From an answer of the vault to the typed error that it stands for. Pure: `now` is an argument."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from ..errors import AlterError, ErrorDetail, ErrorIssue, VaultUnreachableError, error_of, unreachable
from .rate_limit import parse_rate_limits


def is_refusal(status: int, headers: Mapping[str, str], is_proxied: bool) -> bool:
    """Whether an answer is the vault's own no, or none of a vault at all."""
    if "alter-error" in headers:
        return True
    return "alter-request-id" not in headers if is_proxied else not 200 <= status <= 299


def refusal_of(
    status: int, headers: Mapping[str, str], body: bytes, is_proxied: bool, now: float
) -> AlterError:
    """The error of an answer that is a refusal; `now` in seconds since 1970."""
    said = _fields_of(body)
    code = headers.get("alter-error")
    if code is None:
        code = None if is_proxied else _text(said.get("code"))
        if code is None:
            return _not_a_vault(status, is_proxied)
    return error_of(
        ErrorDetail(
            code=code,
            message=_text(said.get("message")),
            hint=_text(said.get("hint")),
            issues=_issues(said.get("issues")),
            policy_id=_text(said.get("policy_id")),
            passes_at=_text(said.get("passes_at")),
            limits=parse_rate_limits(headers),
            status=status,
            request_id=_text(said.get("request_id")) or headers.get("alter-request-id"),
            retry_after_ms=parse_retry_after_ms(headers.get("retry-after"), now),
        )
    )


def _not_a_vault(status: int, is_proxied: bool) -> VaultUnreachableError:
    is_redirect = 300 <= status <= 399
    return unreachable(
        "What answers at base_url redirects; no key is sent along."
        if is_redirect
        else f"What answers at base_url is not a vault (status {status}).",
        status=status,
        may_have_been_sent=is_proxied and not is_redirect,
    )


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty one where it holds none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _fields_of(body: bytes) -> dict[str, Any]:
    error = parse_object(body).get("error")
    return error if isinstance(error, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _issues(value: object) -> tuple[ErrorIssue, ...]:
    if not isinstance(value, list):
        return ()
    found = (item for item in value if isinstance(item, dict))
    return tuple(
        ErrorIssue(item["path"], item["message"])
        for item in found
        if isinstance(item.get("path"), str) and isinstance(item.get("message"), str)
    )


def parse_retry_after_ms(value: str | None, now: float) -> int | None:
    """RFC 9110 section 10.2.3: seconds or a date."""
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value):
        return int(value) * 1000
    try:
        at = parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError):
        return None
    return max(0, math.ceil((at - now) * 1000))
