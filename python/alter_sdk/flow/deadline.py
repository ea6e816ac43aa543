"""How long a call may take until its answer begins. After `disarm` the body may take its time."""

from __future__ import annotations

import math
import time

_SECONDS_MIN = 0.001
_SECONDS_MAX = 1_000_000.0
"""Longer waits than the clocks of sockets and loops can take count as none."""


class Deadline:
    """Measured by a clock that never jumps."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._idle: float | None = None
        self._is_armed = True

    @property
    def remaining(self) -> float:
        return self._ends_at - time.monotonic()

    @property
    def is_expired(self) -> bool:
        return self._is_armed and self.remaining <= 0

    def disarm(self, idle: float | None = None) -> None:
        """The answer began: from here on only `idle` seconds without a byte end it."""
        self._is_armed = False
        self._idle = idle

    @property
    def limit(self) -> float | None:
        """Seconds that the next step of the connection may take; None for as long as it likes."""
        seconds = self.remaining if self._is_armed else self._idle
        if seconds is None or math.isinf(seconds) or seconds > _SECONDS_MAX:
            return None
        return max(seconds, _SECONDS_MIN)

    def limits(self) -> Limits:
        return Limits(self)


class Limits(dict[str, "float | None"]):
    """The extension `timeout` of a request: each step of the connection asks anew, and gets what is left by then."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(dict.fromkeys(("connect", "read", "write", "pool"), deadline.limit))
        self._deadline = deadline

    def get(self, key: str, default: object = None) -> float | None:
        return self._deadline.limit
