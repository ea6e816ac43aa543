"""Replaces injected values that an upstream echoes (I8), in headers and, with a window no longer than needed, in streams.

Works on bytes, and changes nothing where nothing matches.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

REDACTED = "[redacted]"
_REPLACEMENT = REDACTED.encode()

_NEEDLE_BYTES_MIN = 8
"""As the vault does (WIRE §9): shorter values would match by chance."""


class Redactor:
    """The values to look for, in the forms in which they are echoed: as they are, in URLs and in JSON strings."""

    def __init__(self, secrets: Iterable[str]) -> None:
        texts: set[str] = set()
        for secret in secrets:
            if len(secret.encode("utf-8", "surrogatepass")) >= _NEEDLE_BYTES_MIN:
                texts.update(_forms(secret))
        # The longest first: what contains another is replaced as a whole.
        self._texts = sorted(texts, key=len, reverse=True)
        self._needles = [text.encode("utf-8", "surrogatepass") for text in self._texts]

    def __repr__(self) -> str:
        return f"Redactor({len(self._texts)})"

    @property
    def is_empty(self) -> bool:
        return not self._needles

    def redact_text(self, text: str) -> str:
        for needle in self._texts:
            text = text.replace(needle, REDACTED)
        return text

    def stream(self) -> StreamRedactor:
        """A stateful pass over the chunks of one body."""
        return StreamRedactor(self._needles)


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="!'()*", errors="surrogatepass")
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1]


class StreamRedactor:
    """Holds back only what may be the beginning of a needle, so that event streams are not delayed."""

    def __init__(self, needles: list[bytes]) -> None:
        self._needles = needles
        self._held = b""

    def __repr__(self) -> str:
        return "StreamRedactor()"

    def push(self, chunk: bytes) -> bytes:
        """What may be handed on now."""
        return self._pass(self._held + chunk, is_end=False) if self._needles else chunk

    def flush(self) -> bytes:
        """The rest, at the end."""
        return self._pass(self._held, is_end=True) if self._held else b""

    def _pass(self, data: bytes, is_end: bool) -> bytes:
        parts: list[bytes] = []
        at = 0
        held_from = len(data) if is_end else self._held_from(data, at)
        # A match that begins inside what is held waits: it may be part of a longer needle.
        while (match := self._find(data, at)) is not None and match[0] < held_from:
            parts += [data[at : match[0]], _REPLACEMENT]
            at = match[1]
            if at > held_from:
                held_from = self._held_from(data, at)
        self._held = data[held_from:]
        parts.append(data[at:held_from])
        return b"".join(parts)

    def _find(self, data: bytes, start: int) -> tuple[int, int] | None:
        """The leftmost match; of two at the same place the longer."""
        best: tuple[int, int] | None = None
        for needle in self._needles:
            found = data.find(needle, start)
            if found >= 0 and (best is None or found < best[0]):
                best = (found, found + len(needle))
        return best

    def _held_from(self, data: bytes, start: int) -> int:
        """Where the longest end of `data` begins that may be the beginning of a needle."""
        longest = max(len(needle) for needle in self._needles) - 1
        for at in range(max(start, len(data) - longest), len(data)):
            end = data[at:]
            if any(len(needle) > len(end) and needle.startswith(end) for needle in self._needles):
                return at
        return len(data)
