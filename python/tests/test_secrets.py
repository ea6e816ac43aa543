"""R15, I8: neither the client nor an answer, an error, a traceback, a pickle or a log shows a key or a credential."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType

import httpx
import pytest

import alter_sdk
from alter_sdk import AlterError, sync
from alter_sdk.core.secret import Secret

from .harness import (
    API_KEY,
    CANARY,
    GRANT,
    App,
    FakeVault,
    Server,
    assert_no_secret,
    closed_port,
    done,
    refuse,
)

Client = Callable[..., App]


def frames_of(error: BaseException | None) -> Iterator[TracebackType]:
    """Of the error, and of everything that it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        at = error.__traceback__
        while at is not None:
            yield at
            at = at.tb_next
        error = error.__cause__ or error.__context__


def printed(error: BaseException) -> str:
    """All that printing an error may show: as tools do that print the values of variables, too."""
    text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    parts = [text, str(error), repr(error), repr(error.args), repr(vars(error))]
    for at in frames_of(error):
        module = at.tb_frame.f_globals.get("__name__", "")
        assert not module.startswith(("httpx", "httpcore", "h11", "anyio")), module
        if module.startswith("alter_sdk"):
            parts += [repr(value) for value in at.tb_frame.f_locals.values()]
    return "".join(parts)


async def failure_of(call: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as caught:
        await done(call())
    # What pytest adds is not the error's own.
    return caught.value


async def test_clients_print_nothing(app: App) -> None:
    for text in (
        repr(app),
        str(app),
        f"{app!s}",
        repr(vars(app)),
        repr(vars(app._engine)),
        repr(vars(app._engine.client)),
    ):
        assert_no_secret(text)
    assert repr(app.transport(grant_id=GRANT)).endswith(f"(grant_id={GRANT!r})")


async def test_clients_are_not_pickled(app: App) -> None:
    for attempt in (lambda: pickle.dumps(app), lambda: copy.copy(app), lambda: copy.deepcopy(app)):
        with pytest.raises(TypeError, match="not pickled"):
            attempt()
    with pytest.raises(TypeError):
        pickle.dumps(Secret("x"))
    assert repr(Secret("x")) == str(Secret("x")) == "[secret]"


async def test_answers_print_and_pickle_without_the_credential(
    vault: FakeVault, upstream: Server, app: App
) -> None:
    vault.inject = {"headers": [["Authorization", f"Bearer {CANARY}"]], "query": [["key", CANARY]]}
    response = await done(app.request("GET", f"{upstream.url}/x", grant_id=GRANT))
    assert CANARY in upstream.last.url
    parts = [repr(response), str(response.url), repr(response.request), repr(response.request.headers.raw)]
    parts += [
        repr(vars(response)),
        repr(vars(response.request)),
        repr(response.extensions),
        repr(vars(response.stream)),
    ]
    assert_no_secret("".join(parts))
    data = pickle.dumps(response)
    assert CANARY.encode() not in data
    assert pickle.loads(data).json() == response.json()  # our own


async def test_errors_print_nothing_wherever_they_arise(vault: FakeVault, client: Client) -> None:
    app = client(timeout=1)
    vault.inject = {
        "headers": [["Authorization", f"Bearer {CANARY}"]],
        "query": [["key", CANARY]],
        "url": None,
    }
    port = closed_port()
    url = f"http://127.0.0.1:{port}/x"
    refused = await failure_of(lambda: app.request("GET", url, grant_id=GRANT))
    assert isinstance(refused, alter_sdk.UpstreamError)
    assert (refused.request_id, refused.may_have_been_sent) == ("request-1", False)
    assert "ECONNREFUSED" in refused.message
    assert_no_secret(printed(refused))

    for inject in (
        {"headers": [["Authorization", f"Bearer {CANARY}\r\nx"]]},
        {"headers": [["A b", CANARY]]},
        {"url": f"http://[{CANARY}"},
        {"headers": [[CANARY]]},
        {"query": CANARY},
    ):
        vault.inject = inject
        error = await failure_of(lambda: app.request("GET", url, grant_id=GRANT))
        assert isinstance(error, AlterError)
        assert_no_secret(printed(error))

    vault.first.append(refuse("policy_denied", 403))
    assert_no_secret(printed(await failure_of(lambda: app.request("GET", url, grant_id=GRANT))))
    wrong = await failure_of(lambda: app.request("GET", url, grant_id=GRANT, headers={"a": f"{CANARY}\n"}))
    assert CANARY not in str(wrong) + repr(wrong)


async def test_the_callers_own_failure_is_raised_with_its_own_frames_only(
    vault: FakeVault, upstream: Server, app: App
) -> None:
    def body() -> Iterator[bytes]:
        yield b"x"
        raise RuntimeError("mine")

    error = await failure_of(lambda: app.request("POST", upstream.url, grant_id=GRANT, content=body()))
    assert type(error) is RuntimeError
    assert_no_secret(printed(error))
    assert any(at.tb_frame.f_code.co_name == "body" for at in frames_of(error))


@pytest.mark.parametrize("kind", [alter_sdk.App, sync.App])
def test_what_is_pasted_by_mistake_is_not_quoted(kind: type[App]) -> None:
    for options in (
        {"api_key": f"x{CANARY}"},
        {"api_key": API_KEY, "base_url": f"http://user:{CANARY}@127.0.0.1"},
    ):
        with pytest.raises(alter_sdk.InvalidRequestError) as caught:
            kind(**options)  # type: ignore[arg-type]
        assert_no_secret(str(caught.value) + repr(caught.value) + repr(vars(caught.value)))


async def test_errors_are_pickled_with_what_they_say(vault: FakeVault, app: App) -> None:
    limits = {"RateLimit": '"per key";r=0;t=7', "RateLimit_Policy": '"per key";q=60;w=60', "Retry_After": "7"}
    for code in alter_sdk.error_table.ERRORS:
        vault.first.append(refuse(code, 400, **limits))
        error = await failure_of(
            lambda: app.proxy_request("POST", "https://a.example/", grant_id=GRANT, content=iter([b""]))
        )
        assert isinstance(error, AlterError)
        again = pickle.loads(pickle.dumps(error))  # our own
        assert type(again) is type(error)
        assert again.to_dict() == error.to_dict()
        assert error.to_dict()["name"] == type(error).__name__
        if isinstance(error, alter_sdk.RateLimitedError):
            assert error.limits == (alter_sdk.RateLimit("per key", 60, 60_000, 0, 7000),)


async def test_an_echo_in_a_header_is_not_logged(
    vault: FakeVault, serve: Callable[..., Server], app: App
) -> None:
    """The fixture of all tests looks into the log at the level DEBUG."""
    upstream = serve(
        lambda seen, answer: answer.send(200, headers=[("X-Echo", seen.headers["authorization"])])
    )
    response = await done(app.request("GET", upstream.url, grant_id=GRANT))
    assert response.headers["x-echo"] == "[redacted]"
    assert isinstance(response, httpx.Response)
