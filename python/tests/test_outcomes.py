"""Outcomes are told in batches, never in the way of a call, and survive the end of the process."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import alter_sdk
from alter_sdk import sync
from alter_sdk.flow.request_mode import CallWatch

from .harness import API_KEY, GRANT, App, FakeVault, Server, done, refuse, until

ROOT = Path(__file__).parent.parent


async def test_outcomes_go_in_batches_and_a_vault_that_fails_disturbs_nobody(
    vault: FakeVault, upstream: Server, app: App
) -> None:
    started_at = time.monotonic()
    for _ in range(5):
        await done(app.request("GET", upstream.url, grant_id=GRANT))
    batches_max = 1 + (time.monotonic() - started_at) // 0.5
    until("the batch", lambda: len(vault.outcomes()) == 5)
    assert len([seen for seen in vault.seen if seen.url.endswith("/outcomes")]) <= batches_max
    await done(app.request("GET", upstream.url, grant_id=GRANT))
    vault.first.append(refuse("unavailable", 503))
    await done(app.close())
    assert len(vault.outcomes()) == 7, "the refused batch was sent again"
    assert len({outcome["request_id"] for outcome in vault.outcomes()}) == 6


def test_a_stream_that_nobody_reads_is_told_of_when_it_is_dropped(vault: FakeVault, upstream: Server) -> None:
    app = sync.App(API_KEY, base_url=vault.url)
    manager = app.stream("GET", upstream.url, grant_id=GRANT)
    manager.__enter__()
    assert vault.outcomes() == []
    del manager
    gc.collect()
    until("the outcome", lambda: len(vault.outcomes()) == 1)
    app.close()


ASYNC = """
import asyncio, os, sys
from alter_sdk import App
async def main():
    app = App()
    response = await app.request("GET", sys.argv[1], grant_id="g")
    assert response.status_code == 200
    {end}
asyncio.run(main())
"""
SYNC = """
import os, sys
from alter_sdk.sync import App
app = App()
assert app.request("GET", sys.argv[1], grant_id="g").status_code == 200
{end}
"""


def python(vault: FakeVault, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ALTER_API_KEY": API_KEY, "ALTER_BASE_URL": vault.url}
    command = [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", "-c", program, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("program", [ASYNC, SYNC], ids=["async", "sync"])
@pytest.mark.parametrize("end", ["", "sys.exit(0)", "raise SystemExit"])
def test_outcomes_survive_the_end_of_the_process(
    vault: FakeVault, upstream: Server, program: str, end: str
) -> None:
    ended = python(vault, program.replace("{end}", end), upstream.url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [outcome["status_code"] for outcome in vault.outcomes()] == [200]


def test_the_end_waits_a_second_at_most_for_a_vault_that_is_gone(vault: FakeVault, upstream: Server) -> None:
    program = SYNC.replace("{end}", "os.kill(int(sys.argv[2]), 10); import time; time.sleep(0.1)")

    def stop(*_: object) -> None:
        vault.server.behave = lambda _seen, _answer: time.sleep(20)

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        started_at = time.monotonic()
        ended = python(vault, program, upstream.url, str(os.getpid()))
        assert ended.returncode == 0, ended.stderr
        assert time.monotonic() - started_at < 10
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_uses_connections_of_its_own_and_tells_its_own_outcomes(
    vault: FakeVault, upstream: Server
) -> None:
    program = """
import os, sys
from alter_sdk.sync import App
app = App()
call = lambda: app.request("GET", sys.argv[1], grant_id="g").status_code
assert call() == 200
child = os.fork()
assert call() == 200
if child == 0:
    app.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    ended = python(vault, program, upstream.url)
    assert ended.returncode == 0, ended.stderr
    assert len(vault.outcomes()) == 3
    assert len({outcome["request_id"] for outcome in vault.outcomes()}) == 3
    assert upstream.connections == 2


def test_a_client_without_calls_starts_no_thread(vault: FakeVault, kind: Callable[..., App]) -> None:
    before = threading.active_count()
    app = kind(API_KEY, base_url=vault.url)
    assert threading.active_count() == before
    assert isinstance(app, (alter_sdk.App, sync.App))


class Untimely:
    """A call during whose counting another one is collected, as the collector may run wherever memory is asked for."""

    def __init__(self, dropped: CallWatch) -> None:
        self._dropped = dropped

    @property
    def report_at(self) -> float:
        self._dropped.report()
        return time.monotonic() + 600

    def report(self) -> None: ...


def test_what_is_dropped_in_the_middle_of_the_counting_is_told_too(vault: FakeVault) -> None:
    app = sync.App(API_KEY, base_url=vault.url)
    reporter = app._engine.reporter
    for request_id in ("r-1", "r-2"):
        reporter.opened(Untimely(CallWatch(request_id, 0, reporter)))  # type: ignore[arg-type]
        until("the outcome", lambda wanted=request_id: wanted in told(vault))  # type: ignore[misc]
    app.close()
    assert told(vault) == ["r-1", "r-2"]


def told(vault: FakeVault) -> list[str]:
    return [outcome["request_id"] for outcome in vault.outcomes()]
