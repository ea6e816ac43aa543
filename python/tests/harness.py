"""Servers for the tests: a vault that answers what a test tells it to, and upstreams that record everything. They stand for the
outside world of the SDK; nothing of the SDK is replaced.
"""

from __future__ import annotations

import inspect
import json
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import alter_sdk
from alter_sdk import sync

CANARY = "K9f2-canary-credential-7Qx4-vL0p-3ZtR8m"
"""The credential: found anywhere but in a call to the right upstream, it fails the test."""
API_KEY = "alter_key_app_test_0123456789abcdef"
GRANT = "0197a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b"

App = alter_sdk.App | sync.App
"""Either kind of client; tests run with both."""


async def done(value: Any) -> Any:
    """What a call of either kind of client gives."""
    return await value if inspect.isawaitable(value) else value


@dataclass
class Seen:
    """One request as it came."""

    method: str
    url: str
    headers: dict[str, str]
    raw_headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Answer:
    """How a server answers one request; thin, so that a test sees the bytes."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler
        self.headers: list[tuple[str, str]] = []
        self.is_over = False

    def send(self, status: int, body: bytes = b"", headers: Iterable[tuple[str, str]] = ()) -> None:
        with_length = [("Content-Length", str(len(body)))] if status not in (204, 304) else []
        self.head(status, [*headers, *with_length])
        self.write(body)

    def json(self, status: int, body: object, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.send(status, json.dumps(body).encode(), [("Content-Type", "application/json"), *headers])

    def head(self, status: int, headers: Iterable[tuple[str, str]] = ()) -> None:
        self._handler.send_response_only(status)
        for name, value in [*self.headers, *headers]:
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        if self._handler.command != "HEAD":
            self._handler.wfile.write(data)
            self._handler.wfile.flush()

    def chunk(self, data: bytes) -> None:
        self.write(b"%x\r\n%s\r\n" % (len(data), data))

    def break_off(self) -> None:
        """Ends the connection in the middle."""
        self.is_over = True
        self._handler.connection.shutdown(socket.SHUT_RDWR)


Behaviour = Callable[[Seen, Answer], None]


def echo(seen: Seen, answer: Answer) -> None:
    """Answers with what it was asked, less the headers, of which the credential would be redacted."""
    answer.json(200, {"method": seen.method, "url": seen.url, "body": seen.body.decode("latin-1")})


class Server:
    """A server on its own port that records each request before it answers."""

    def __init__(self, behaviour: Behaviour = echo, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.seen: list[Seen] = []
        self.behave = behaviour
        self.connections = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def log_message(self, *_: object) -> None: ...

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, ssl.SSLError, ValueError):
                    self.close_connection = True

            def __getattr__(self, name: str) -> Any:
                if not name.startswith("do_"):
                    raise AttributeError(name)
                return self._answer

            def _answer(self) -> None:
                pairs = list(self.headers.items())
                named = {name.lower(): value for name, value in pairs}
                seen = Seen(self.command, self.path, named, pairs, self._body(named))
                outer.seen.append(seen)
                answer = Answer(self)
                outer.behave(seen, answer)
                self.close_connection = self.close_connection or answer.is_over

            def _body(self, headers: dict[str, str]) -> bytes:
                if headers.get("transfer-encoding") != "chunked":
                    return self.rfile.read(int(headers.get("content-length", "0")))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 128

            def handle_error(self, *_: object) -> None: ...

        self._server = Quiet(("127.0.0.1", port), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.port: int = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'http' if tls is None else 'https'}://{self.host}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def last(self) -> Seen:
        return self.seen[-1]


def refuse(code: str, status: int, **headers: str) -> Behaviour:
    """An error answer of the vault (WIRE §3)."""

    def behave(_seen: Seen, answer: Answer) -> None:
        fields = [
            ("Alter-Error", code),
            *((name.replace("_", "-"), value) for name, value in headers.items()),
        ]
        issues = [{"path": "url", "message": "no"}]
        said = {
            "code": code,
            "message": "No.",
            "hint": "Do this.",
            "request_id": "r-refused",
            "issues": issues,
        }
        answer.json(status, {"error": said}, fields)

    return behave


@dataclass
class FakeVault:
    """A vault that releases what a test says."""

    inject: dict[str, Any] = field(
        default_factory=lambda: {"headers": [["Authorization", f"Bearer {CANARY}"]]}
    )
    first: list[Behaviour] = field(default_factory=list)
    """Answers these first, one each, before it does its work."""
    proxy: Behaviour = field(default_factory=lambda: refuse("internal", 500))
    """Answers of /v1/proxy and /v1/approvals."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self.server = Server(self._answer)
        self.url = self.server.url

    @property
    def seen(self) -> list[Seen]:
        return self.server.seen

    def outcomes(self) -> list[dict[str, Any]]:
        """Reported so far."""
        batches = [seen.json["outcomes"] for seen in list(self.seen) if seen.url == "/v1/requests/outcomes"]
        return [outcome for batch in batches for outcome in batch]

    def asked(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.url == "/v1/requests"]

    def _answer(self, seen: Seen, answer: Answer) -> None:
        with self._lock:
            self._count += 1
            request_id = f"request-{self._count}"
            planned = self.first.pop(0) if self.first else None
        answer.headers.append(("Alter-Request-Id", request_id))
        if planned is not None:
            planned(seen, answer)
        elif seen.url == "/v1/requests/outcomes":
            answer.send(204)
        elif seen.url == "/v1/requests":
            answer.json(
                200, {"request_id": request_id, "inject": self.inject, "expires_at": "2026-01-01T00:00:00Z"}
            )
        else:
            self.proxy(seen, answer)


def closed_port() -> int:
    """A port that nothing listens on: it was free a moment ago."""
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        port: int = gone.getsockname()[1]
        return port


def until(what: str, is_so: Callable[[], bool], seconds: float = 15.0) -> None:
    """Waits for what happens behind an answer."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends_at:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def assert_no_secret(text: str) -> None:
    for secret in (CANARY, quote(CANARY), b64encode(CANARY.encode()).decode(), API_KEY):
        assert secret not in text, text
