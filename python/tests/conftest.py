"""What tests are given: a vault, upstreams, and a client of either kind."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import alter_sdk
from alter_sdk import sync

from .harness import API_KEY, App, Behaviour, FakeVault, Server, assert_no_secret, done, echo


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    vault = FakeVault()
    yield vault
    vault.server.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts upstreams that end with the test."""
    servers: list[Server] = []

    def start(behaviour: Behaviour = echo) -> Server:
        servers.append(Server(behaviour))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def upstream(serve: Callable[..., Server]) -> Server:
    return serve()


@pytest.fixture(params=["async", "sync"])
def kind(request: pytest.FixtureRequest) -> type[App]:
    return alter_sdk.App if request.param == "async" else sync.App


@pytest.fixture
async def client(kind: type[App], vault: FakeVault) -> AsyncIterator[Callable[..., App]]:
    """Makes clients of the vault that are closed before it ends."""
    made: list[App] = []

    def make(**options: Any) -> App:
        made.append(kind(API_KEY, **{"base_url": vault.url, "caller": "test-suite", **options}))
        return made[-1]

    yield make
    for each in made:
        await done(each.close())


@pytest.fixture
def app(client: Callable[..., App]) -> App:
    return client()


@pytest.fixture(autouse=True)
def _no_secret_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """I8: whatever is logged at any level, by whatever library, holds no credential."""
    caplog.set_level(logging.DEBUG)
    yield
    assert_no_secret(caplog.text)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Tells the tests that npm runs of each test here, one line of JSON for each."""
    path = os.environ.get("ALTER_TEST_REPORT")
    if path is None or (report.when != "call" and report.passed):
        return
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    said = {"name": report.nodeid, "outcome": report.outcome, "why": why}
    with open(path, "a") as file:
        file.write(json.dumps(said) + "\n")
