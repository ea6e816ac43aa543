"""What an upstream answered to a call that the vault made. Holds no credential: none came this far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx


class ProxyResult:
    """The upstream's answer. Its body is in memory, unless it is streamed."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def __repr__(self) -> str:
        return (
            f"ProxyResult(status_code={self.status_code}, url={self.url!r}, request_id={self.request_id!r})"
        )

    @property
    def status_code(self) -> int:
        """The upstream's status, also where it is an error or a redirect."""
        return self._response.status_code

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return self._response.is_success

    @property
    def headers(self) -> httpx.Headers:
        """The upstream's header fields, less those that the vault does not hand back."""
        return self._response.headers

    @property
    def url(self) -> str:
        """The URL that the caller gave."""
        return str(self._response.url)

    @property
    def request_id(self) -> str | None:
        """Finds the call in the audit log."""
        value = self._response.headers.get("alter-request-id")
        return value if isinstance(value, str) else None

    @property
    def response(self) -> httpx.Response:
        """The same answer as a response of httpx."""
        return self._response

    def body_text(self) -> str:
        """The body as text."""
        return self._response.text

    def body_json(self) -> Any:
        """The body as JSON."""
        return self._response.json()

    def body_bytes(self) -> bytes:
        """The body as bytes."""
        return self._response.content

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        """The body as it comes, of a streamed answer of the asynchronous client."""
        return self._response.aiter_bytes()

    def aiter_lines(self) -> AsyncIterator[str]:
        """Its lines as they come, server-sent events included."""
        return self._response.aiter_lines()

    def iter_bytes(self) -> Iterator[bytes]:
        """The same of the synchronous client."""
        return self._response.iter_bytes()

    def iter_lines(self) -> Iterator[str]:
        return self._response.iter_lines()
