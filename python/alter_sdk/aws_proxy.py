"""The requests of a client of boto3 as the vault makes them: taken where botocore would send them, and answered in its classes.

Imported by the bridge only. Keys of S3 go as botocore wrote them: `a/../b` is one of them, and no path to be resolved.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from botocore.awsrequest import AWSResponse

from .answer_file import AnswerFile
from .core.body import Body, format_json, read_in_chunks
from .core.call import Call
from .core.headers import prepare_headers
from .core.target import Target, parse_target
from .flow.engine import Engine
from .flow.proxy_mode import send_proxied
from .flow.shell import run
from .sync_approvals import ApprovalPendingError, PendingApproval


class VaultSender:
    """Has the vault make requests with one grant."""

    def __init__(self, engine: Engine, said: Mapping[str, Any], timeout: float) -> None:
        self._engine = engine
        self._said = said
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"VaultSender(grant_id={self._said['grant_id']!r})"

    def send(self, request: Any, **_: object) -> AWSResponse:
        """In the place of sending an `AWSPreparedRequest`; its answer's body is unread."""
        self._engine.assert_open()
        vault, call = self._engine.blocking, self._call_of(request)
        answer = run(send_proxied(call, None, vault, self._timeout))
        if not isinstance(answer, httpx.Response):
            raise ApprovalPendingError(PendingApproval(answer, vault, call.target))
        return AWSResponse(request.url, answer.status_code, dict(answer.headers), _Raw(answer))

    def _call_of(self, request: Any) -> Call:
        headers = prepare_headers([(name, _text(value)) for name, value in request.headers.items()])
        # What botocore hands on is as it came; it decodes what it reads itself.
        headers.setdefault("accept-encoding", "identity")
        context = self._said.get("context")
        return Call(
            method=request.method.upper(),
            target=_target_of(request.url),
            headers=headers,
            body=_body_of(request),
            grant_id=self._said["grant_id"],
            reason=self._said.get("reason"),
            context=None if context is None else format_json("context", context),
            caller=self._said.get("caller"),
            timeout=self._timeout,
        )


def _target_of(url: str) -> Target:
    _, _, path, query, _ = urlsplit(url)
    return replace(parse_target(url), path=path or "/", query=query or None)


def _body_of(request: Any) -> Body:
    body = request.body
    content = body.encode() if isinstance(body, str) else body
    if isinstance(content, (bytes, bytearray)):
        return Body(bytes(content) or None, length=len(content))
    if content is None:
        return Body(None)
    # botocore knows how long a file is, and measuring it again would move the callbacks of a transfer.
    length = _text(request.headers.get("Content-Length") or "")
    return Body(read_in_chunks(content.read), length=int(length) if length.isdigit() else None)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


class _Raw(io.BufferedReader):
    """A body as botocore takes it from urllib3: read as it came, or streamed decoded."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(AnswerFile(answer, answer.iter_raw()))
        self._answer = answer

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield from self._answer.iter_bytes()
        self.close()
