"""The same drop-in for SDKs that are written on requests. Imported only where it is used; requests is no dependency.

A redirect that the session follows comes here anew, without the credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from .answer_file import AnswerFile
from .drop_in import SyncAlterTransport
from .errors import invalid


def session_over(transport: SyncAlterTransport) -> requests.Session:
    """A session that reads neither proxies nor passwords from the environment."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, AlterAdapter(transport))
    return session


class AlterAdapter(BaseAdapter):
    """Carries what a session sends over a transport of one grant."""

    def __init__(self, transport: SyncAlterTransport) -> None:
        super().__init__()
        self._transport = transport

    def __repr__(self) -> str:
        return f"AlterAdapter({self._transport!r})"

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """As requests calls it; certificates and proxies are those of the client of the vault."""
        answer = self._transport.handle_request(_asked(request, timeout))
        response = requests.Response()
        response.status_code = answer.status_code
        response.reason = answer.reason_phrase
        response.headers = CaseInsensitiveDict(answer.headers)
        response.url = request.url or ""
        response.request = request
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = AnswerFile(answer, answer.iter_bytes())
        # Decoded where it was encoded: what requests reads is as it is.
        response.headers.pop("content-encoding", None)
        return response

    def close(self) -> None:
        """The connections are those of the client of the vault."""


def _asked(request: requests.PreparedRequest, timeout: Any) -> httpx.Request:
    seconds = timeout[1] if isinstance(timeout, tuple) else timeout
    extensions = {} if seconds is None else {"timeout": {"read": seconds}}
    headers = {name: _text(value) for name, value in (request.headers or {}).items()}
    body: Any = request.body
    content = body.encode() if isinstance(body, str) else body
    if request.url is None or request.method is None:
        raise invalid("url", "a request with a method and a URL is needed.")
    return httpx.Request(request.method, request.url, headers=headers, content=content, extensions=extensions)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
