"""Tells the vault how released calls ended: in batches, once each, never in the way of a call, and at the latest when the
process ends. Never raises, never names a credential.

A thread of its own does it for both kinds of client: it needs no loop, and outlives the last one. It ends when there is nothing
to tell.

An answer that nobody closed is told of when it is collected, and the collector runs anywhere, in the middle of what is done here and
in the thread that does it. So the lock is one that its holder may take again, what is gone through is a copy, and the bell, once
rung, stays so until it is heard.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import threading
import time
import weakref
from typing import Any, Protocol

from ..core.body import Body
from ..errors import AlterError, VaultUnreachableError
from .deadline import Deadline
from .fork import renewed_after_fork
from .shell import run
from .vault_client import VaultClient, VaultRequest

Outcome = dict[str, Any]
"""One entry of POST /v1/requests/outcomes (WIRE §8)."""

_BATCH_MAX = 100
_BATCH_SECONDS = 0.5
_WAITING_MAX = 10_000
"""A vault that is away must not fill the memory of its clients: the oldest outcomes go first."""
_SEND_SECONDS = 5.0
_ATTEMPTS_MAX = 3
_EXIT_SECONDS = 1.0
"""How long the end of the process may be held up by outcomes that were not sent yet."""
_CLOSE_SECONDS = 20.0
_IDLE_SECONDS = 5.0


class OpenCall(Protocol):
    """Something that has an outcome sooner or later; `report` makes it tell what it knows now."""

    report_at: float
    """When, by the monotonic clock, it has to tell even if it is not over."""

    def report(self) -> None: ...


class OutcomeReporter:
    """The outcomes of one client."""

    def __init__(self, client: VaultClient) -> None:
        self._client = client
        self._renew()
        renewed_after_fork(self, OutcomeReporter._renew)
        _reporters.add(self)

    def _renew(self) -> None:
        """What the parent has to tell, the parent tells."""
        self._changed = threading.Condition(threading.RLock())
        self._bell = threading.Lock()
        self._bell.acquire()
        self._open: set[OpenCall] = set()
        self._waiting: list[Outcome] = []
        self._since = 0.0
        self._sending = 0
        self._thread: threading.Thread | None = None

    def opened(self, call: OpenCall) -> None:
        """A call whose outcome is still to come."""
        with self._changed:
            self._open.add(call)
            self._wake()

    def add(self, outcome: Outcome, call: OpenCall) -> None:
        """The outcome of a call that was opened."""
        with self._changed:
            self._open.discard(call)
            if not self._waiting:
                self._since = time.monotonic()
            del self._waiting[: max(0, len(self._waiting) + 1 - _WAITING_MAX)]
            self._waiting.append(outcome)
            self._wake()

    def finish(self, seconds: float = _CLOSE_SECONDS) -> None:
        """Reports open calls as they stand and sends everything, in this thread; gives up when the time is over."""
        deadline = Deadline(seconds)
        with self._changed:
            unfinished = list(self._open)
        for call in unfinished:
            call.report()
        while not deadline.is_expired and (batch := self._take()):
            self._send(batch, deadline)
        with self._changed:
            self._changed.wait_for(lambda: self._sending == 0, max(deadline.remaining, 0))
        run(self._client.shell.shut())

    def _wake(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="alter-sdk-outcomes", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return  # The interpreter is about to end: `finish` tells the rest.
            self._thread = thread
        with contextlib.suppress(RuntimeError):
            self._bell.release()  # A lock that is open already was not heard yet.

    def _work(self) -> None:
        while self._wait_for_batch():
            if batch := self._take():
                self._send(batch, Deadline(_SEND_SECONDS * _ATTEMPTS_MAX))

    def _wait_for_batch(self) -> bool:
        """Whether there is something to send; False where there was nothing to tell for a while."""
        idle_until = time.monotonic() + _IDLE_SECONDS
        while True:
            with self._changed:
                now = time.monotonic()
                still_open = list(self._open)
                for call in still_open:
                    if call.report_at <= now:
                        call.report()
                due = self._since + _BATCH_SECONDS
                if len(self._waiting) >= _BATCH_MAX or (self._waiting and now >= due):
                    return True
                if self._waiting:
                    until = due
                elif still_open:
                    until = min(call.report_at for call in still_open)
                    idle_until = now + _IDLE_SECONDS
                elif now >= idle_until:
                    self._thread = None
                    return False
                else:
                    until = idle_until
            self._bell.acquire(timeout=min(max(until - now, 0.001), threading.TIMEOUT_MAX))

    def _take(self) -> list[Outcome]:
        with self._changed:
            batch = self._waiting[:_BATCH_MAX]
            del self._waiting[: len(batch)]
            self._sending += 1 if batch else 0
            return batch

    def _send(self, batch: list[Outcome], deadline: Deadline) -> None:
        try:
            content = json.dumps({"outcomes": batch}).encode()
            request = VaultRequest(
                "POST",
                "/v1/requests/outcomes",
                headers={"content-type": "application/json"},
                body=Body(content, length=len(content)),
            )
            for _ in range(_ATTEMPTS_MAX):
                attempt = Deadline(min(_SEND_SECONDS, deadline.remaining))
                if not _is_worth_another(self._try(request, attempt)):
                    return
        finally:
            with self._changed:
                self._sending -= 1
                self._changed.notify_all()

    def _try(self, request: VaultRequest, deadline: Deadline) -> AlterError | None:
        try:
            run(self._client.send_json(request, deadline))
        except AlterError as error:
            return error
        except Exception:
            # The interpreter may be half gone; nobody is there to be told.
            return None
        return None


def _is_worth_another(error: AlterError | None) -> bool:
    """An outcome is taken once, so that sending it again is safe where it may have arrived; the client does the rest."""
    return error is not None and (
        error.code == "timeout" or (isinstance(error, VaultUnreachableError) and not error.retryable)
    )


_reporters: weakref.WeakSet[OutcomeReporter] = weakref.WeakSet()


@atexit.register
def _finish_all() -> None:
    for reporter in list(_reporters):
        reporter.finish(_EXIT_SECONDS)
