"""The body of a call: made ready once, with its length, its digest and its content type, so that what is signed is what is
sent. Never reads a stream before it is sent.
"""

from __future__ import annotations

import hashlib
import json as json_module
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import httpx

from ..errors import invalid

Content = str | bytes | bytearray | memoryview | IO[bytes] | Iterable[bytes] | AsyncIterable[bytes]
"""What `content` may be. A file or an iterable is sent while it is read, once only, and so never tried again."""

Stream = Iterable[bytes] | AsyncIterable[bytes]

_CHUNK_BYTES = 65_536


@dataclass(frozen=True, repr=False)
class Body:
    """A body that is ready to be sent."""

    content: bytes | Stream | None
    """None for no body."""
    content_type: str | None = None
    """Set where the caller sets no `Content-Type`."""
    length: int | None = 0
    """In bytes; None where it is not known ahead."""

    @property
    def is_replayable(self) -> bool:
        """Whether the same body can be sent a second time."""
        return self.content is None or isinstance(self.content, bytes)

    @property
    def sha256(self) -> str | None:
        """In hex, for requests that are signed over their body; None where it is not in memory."""
        return hashlib.sha256(self.content).hexdigest() if isinstance(self.content, bytes) else None


def prepare_body(options: Mapping[str, Any]) -> Body:
    """Snapshots whichever of the body options is given; two at once are refused."""
    given = {name: value for name in _MAKERS if (value := options.get(name)) is not None}
    files = options.get("files")
    if files is not None and not given.keys() - {"data"}:
        return _encoded("files", data=given.get("data"), files=files)
    if len(given) > 1 or (files is not None and given):
        raise invalid("content", "give only one of json, json_body, content, data; files may go with data.")
    for name, value in given.items():
        return _MAKERS[name](name, value)
    return Body(None)


def _json(name: str, value: object) -> Body:
    return _whole(format_json(name, value).encode("utf-8"), "application/json")


def _content(_name: str, content: object) -> Body:
    if isinstance(content, str):
        return _whole(_utf8("content", content), "text/plain; charset=utf-8")
    if isinstance(content, (bytes, bytearray, memoryview)):
        return _whole(bytes(content))
    if isinstance(content, Mapping):
        raise invalid("content", "this kind of body is not supported; a mapping goes into json or data.")
    read = getattr(content, "read", None)
    if callable(read):
        return Body(read_in_chunks(read), length=length_left(content))
    if isinstance(content, (AsyncIterable, Iterable)):
        return Body(content, length=None)
    raise invalid("content", "this kind of body is not supported.")


def _form(name: str, data: object) -> Body:
    return _encoded(name, data=data)


def _encoded(name: str, data: Any = None, files: Any = None) -> Body:
    """Encoded by httpx, which chooses the boundary and names it in the content type."""
    try:
        request = httpx.Request("POST", "http://localhost", data=data, files=files)
        return _whole(request.read(), request.headers.get("content-type"))
    except Exception:
        # Whatever httpx says may quote the values.
        raise invalid(name, "this can not be written as a form.") from None


_MAKERS: dict[str, Callable[[str, object], Body]] = {
    "json": _json,
    "json_body": _json,
    "content": _content,
    "data": _form,
}


def _whole(content: bytes, content_type: str | None = None) -> Body:
    return Body(content, content_type, len(content))


def format_json(name: str, value: object) -> str:
    """JSON text of a value that has one; `name` is the option that it came in."""
    try:
        text = json_module.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        raise invalid(name, "this can not be written as JSON.") from None
    return text


def _utf8(name: str, text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise invalid(name, "a lone surrogate can not be sent.") from None


def read_in_chunks(read: Callable[[int], Any]) -> Iterator[bytes]:
    """What a file holds from where it is."""
    while chunk := read(_CHUNK_BYTES):
        yield chunk


def length_left(file: Any) -> int | None:
    """Of a file that says where it is and where it ends."""
    try:
        at = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(at)
    except (AttributeError, OSError, ValueError):
        return None
    return int(end - at) if isinstance(end, int) and isinstance(at, int) else None


def count_sync(stream: Stream, sent: Callable[[int], None]) -> Iterator[bytes]:
    """The stream as it is sent, counted."""
    if not isinstance(stream, Iterable):
        raise invalid("content", "an asynchronous iterable needs the asynchronous client.")
    for chunk in stream:
        sent(len(chunk))
        yield chunk


async def count_async(stream: Stream, sent: Callable[[int], None]) -> AsyncIterator[bytes]:
    """The same for the asynchronous client, which takes both kinds."""
    if isinstance(stream, AsyncIterable):
        async for chunk in stream:
            sent(len(chunk))
            yield chunk
    else:
        for chunk in count_sync(stream, sent):
            yield chunk
