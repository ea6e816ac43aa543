"""The body of an answer as a file, which is what libraries read from that are not written on httpx."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx


class AnswerFile(io.RawIOBase):
    """Reads the chunks of a body that has not been read; closing it closes the answer."""

    def __init__(self, answer: httpx.Response, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._answer = answer
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = chunk
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._answer.close()
        super().close()

    def release_conn(self) -> None:
        """As files of urllib3 have it."""
        self.close()
