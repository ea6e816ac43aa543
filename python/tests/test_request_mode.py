"""Request mode against a vault and upstreams that record everything, with both kinds of client."""

from __future__ import annotations

import asyncio
import gc
import gzip
import hashlib
import io
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import alter_sdk
from alter_sdk import (
    AlterError,
    ClosedError,
    GrantRevokedError,
    HttpMethod,
    InvalidRequestError,
    RateLimitedError,
    UpstreamError,
    VaultUnreachableError,
)
from alter_sdk.error_table import ERRORS

from .harness import (
    API_KEY,
    CANARY,
    GRANT,
    Answer,
    App,
    FakeVault,
    Seen,
    Server,
    assert_no_secret,
    closed_port,
    done,
    refuse,
    until,
)


def held_up(release: threading.Event) -> None:
    """A server that says nothing until the test is over."""
    release.wait(5)


Serve = Callable[..., Server]
Client = Callable[..., App]


async def test_a_call_is_released_made_once_and_its_outcome_reported(
    vault: FakeVault, serve: Serve, app: App
) -> None:
    upstream = serve(lambda _, answer: answer.json(201, {"big": "12345678901234567890"}))
    url = f"{upstream.url}/v1/x?y=%7A"
    response = await done(
        app.request(
            HttpMethod.POST,
            url,
            grant_id=GRANT,
            json={"a": "ä"},
            query_params={"q": "ä b"},
            extra_headers={"X-Mine": "1"},
            reason="because",
            context={"tool": "summarize"},
        )
    )
    assert isinstance(response, httpx.Response)
    assert response.status_code == 201
    assert str(response.url) == f"{url}&q=%C3%A4%20b"
    assert response.json() == {"big": "12345678901234567890"}
    assert response.request.method == "POST"
    assert response.elapsed.total_seconds() > 0

    asked = vault.seen[0]
    assert asked.headers["authorization"] == f"Bearer {API_KEY}"
    assert asked.json == {
        "grant_id": GRANT,
        "method": "POST",
        "url": str(response.url),
        "headers": {"content-type": "application/json", "x-mine": "1"},
        "body_sha256": hashlib.sha256('{"a":"ä"}'.encode()).hexdigest(),
        "reason": "because",
        "context": {"tool": "summarize"},
        "caller": "test-suite",
    }
    assert len(upstream.seen) == 1
    assert upstream.last.headers["authorization"] == f"Bearer {CANARY}"
    assert upstream.last.body == '{"a":"ä"}'.encode()
    assert API_KEY not in repr(upstream.seen)

    await done(app.close())
    (outcome,) = vault.outcomes()
    assert isinstance(outcome.pop("latency_ms"), int)
    assert outcome == {"request_id": "request-1", "status_code": 201, "bytes_in": 10, "bytes_out": 31}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_R1_a_redirect_is_returned_and_not_followed(
    vault: FakeVault, serve: Serve, app: App, status: int
) -> None:
    vault.inject = {"headers": [["X-Api-Key", CANARY]], "query": [["api_key", CANARY]]}
    other = serve()
    upstream = serve(lambda _, answer: answer.send(status, headers=[("Location", f"{other.url}/next")]))
    response = await done(app.request("POST", f"{upstream.url}/x", grant_id=GRANT, json=1))
    assert response.status_code == status
    assert response.headers["location"] == f"{other.url}/next"
    assert (len(other.seen), len(upstream.seen)) == (0, 1)


async def test_R1_a_client_that_follows_redirects_asks_the_vault_for_each(
    vault: FakeVault, serve: Serve, app: App
) -> None:
    vault.inject = {"headers": [["X-Vendor-Key", CANARY]], "query": [["api_key", CANARY]]}
    other = serve()
    upstream = serve(lambda _, answer: answer.send(302, headers=[("Location", f"{other.url}/next")]))
    vault.first += [lambda seen, answer: vault._answer(seen, answer), refuse("host_not_allowed", 403)]
    client = app.http_client(grant_id=GRANT)
    client.follow_redirects = True
    with pytest.raises(alter_sdk.HostNotAllowedError):
        await done(client.get(f"{upstream.url}/x"))
    assert other.seen == []
    await done(client.aclose()) if isinstance(client, httpx.AsyncClient) else client.close()


async def test_R1_a_vault_that_redirects_gets_no_second_request(serve: Serve, client: Client) -> None:
    other = serve()
    fake = serve(lambda _, answer: answer.send(307, headers=[("Location", other.url)]))
    app = client(base_url=fake.url)
    for call in (app.request, app.proxy_request):
        with pytest.raises(VaultUnreachableError) as caught:
            await done(call("GET", other.url, grant_id=GRANT))
        assert caught.value.status == 307
    assert other.seen == []


async def test_P1_an_echo_is_redacted_in_headers_and_in_a_body_split_anywhere(
    vault: FakeVault, serve: Serve, app: App
) -> None:
    vault.inject = {"headers": [["Authorization", f"Bearer {CANARY}"]], "query": [["key", CANARY]]}

    def behave(seen: Seen, answer: Answer) -> None:
        fields = [("X-Echo", seen.headers["authorization"]), ("Location", seen.url)]
        answer.head(200, [*fields, ("Transfer-Encoding", "chunked")])
        body = json.dumps(seen.headers | {"url": seen.url}).encode()
        for at in range(0, len(body), 7):
            answer.chunk(body[at : at + 7])
        answer.chunk(b"")

    upstream = serve(behave)
    response = await done(app.request("GET", f"{upstream.url}/x", grant_id=GRANT))
    assert CANARY in upstream.last.url
    assert response.headers["location"] == "/x?key=[redacted]"
    assert "[redacted]" in response.text
    assert_no_secret(response.text + repr(response.headers.raw) + repr(vars(response)) + str(response.url))


async def test_P2_a_compressed_echo_is_found_and_what_is_handed_out_fits(serve: Serve, app: App) -> None:
    def behave(seen: Seen, answer: Answer) -> None:
        assert seen.headers["accept-encoding"] == "gzip, deflate"
        answer.send(200, gzip.compress(b"x" * 5000 + CANARY.encode()), [("Content-Encoding", "gzip")])

    response = await done(app.request("GET", serve(behave).url, grant_id=GRANT))
    assert response.content == b"x" * 5000 + b"[redacted]"
    assert "content-encoding" not in response.headers
    assert "content-length" not in response.headers


async def test_R2_the_key_of_the_vault_and_keys_of_the_caller_never_reach_the_upstream(
    upstream: Server, app: App
) -> None:
    headers = {
        "authorization": "Bearer dummy",
        "x-api-key": API_KEY,
        "x-other": f"a {API_KEY}",
        "cookie": "a=b",
        "host": "evil.example",
        "connection": "x-named",
        "x-named": "1",
    }
    await done(app.request("PUT", f"{upstream.url}/x", grant_id=GRANT, content="text", headers=headers))
    seen = upstream.last
    assert (seen.method, seen.body) == ("PUT", b"text")
    assert seen.headers["authorization"] == f"Bearer {CANARY}"
    assert f"http://{seen.headers['host']}" == upstream.url
    for name in ("x-api-key", "x-other", "cookie", "x-named"):
        assert name not in seen.headers


@pytest.mark.parametrize("code", sorted(ERRORS))
async def test_a_refusal_is_a_typed_error_in_both_modes(
    vault: FakeVault, upstream: Server, client: Client, code: str
) -> None:
    app = client(timeout=0.25)
    vault.first += [refuse(code, 418, Retry_After="7")] * 8
    for call in (
        lambda: app.request("GET", upstream.url, grant_id=GRANT),
        lambda: app.proxy_request("HEAD", upstream.url, grant_id=GRANT),
    ):
        with pytest.raises(AlterError) as caught:
            await done(call())
        error = caught.value
        assert type(error) is not AlterError
        assert (error.code, error.status, error.retryable) == (code, 418, ERRORS[code].retryable)
        assert error.hint
        if isinstance(error, RateLimitedError):
            assert error.retry_after_ms == 7000
    assert upstream.seen == []


async def test_a_typed_error_carries_what_the_vault_said(vault: FakeVault, app: App) -> None:
    vault.first.append(refuse("grant_revoked", 403))
    with pytest.raises(GrantRevokedError) as caught:
        await done(app.request("GET", "https://a.example/", grant_id=GRANT))
    error = caught.value
    assert (error.message, error.hint, error.request_id) == ("No.", "Do this.", "r-refused")
    assert not error.may_have_been_sent
    assert error.issues == (("url", "no"),)


async def test_a_release_is_asked_for_again_after_a_503_and_the_upstream_is_called_once(
    vault: FakeVault, upstream: Server, app: App
) -> None:
    vault.first += [refuse("overloaded", 503), refuse("audit_unavailable", 503)]
    vault.first.append(lambda _, answer: answer.break_off())
    assert (await done(app.request("GET", upstream.url, grant_id=GRANT))).status_code == 200
    assert len(vault.asked()) == 4
    assert len(upstream.seen) == 1


async def test_a_vault_that_is_away_is_tried_again_for_a_while(client: Client, upstream: Server) -> None:
    app = client(base_url=f"http://127.0.0.1:{closed_port()}", timeout=5)
    started_at = time.monotonic()
    with pytest.raises(VaultUnreachableError) as caught:
        await done(app.request("GET", upstream.url, grant_id=GRANT))
    assert caught.value.retryable
    assert not caught.value.may_have_been_sent
    assert "ECONNREFUSED" in caught.value.message
    assert time.monotonic() - started_at >= 0.3, "pauses lie between the attempts"


async def test_P6_an_upstream_that_breaks_off_is_never_called_again(
    vault: FakeVault, serve: Serve, app: App
) -> None:
    upstream = serve(lambda _, answer: answer.break_off())
    with pytest.raises(UpstreamError) as caught:
        await done(app.request("GET", upstream.url, grant_id=GRANT))
    assert (caught.value.code, caught.value.may_have_been_sent) == ("upstream_unreachable", True)
    assert len(upstream.seen) == 1
    await done(app.close())
    (outcome,) = vault.outcomes()
    assert outcome["error"] == "upstream_unreachable"
    assert "status_code" not in outcome


async def test_P6_a_body_that_breaks_off_is_an_error_and_never_a_shorter_answer(
    vault: FakeVault, serve: Serve, app: App
) -> None:
    def behave(_seen: Seen, answer: Answer) -> None:
        answer.head(200, [("Content-Length", "1000")])
        answer.write(b"part")
        answer.break_off()

    with pytest.raises(UpstreamError):
        await done(app.request("GET", serve(behave).url, grant_id=GRANT))
    await done(app.close())
    (outcome,) = vault.outcomes()
    assert (outcome["error"], outcome["status_code"], outcome["bytes_out"]) == (
        "upstream_unreachable",
        200,
        4,
    )


async def test_timeout_ends_a_silent_upstream_a_silent_vault_and_a_body_that_stalls(
    vault: FakeVault, serve: Serve, client: Client
) -> None:
    app = client(timeout=0.2)
    release = threading.Event()
    silent = serve(lambda *_: held_up(release))

    def stall(_seen: Seen, answer: Answer) -> None:
        answer.head(200, [("Content-Length", "1000")])
        answer.write(b"part")
        release.wait(5)

    started_at = time.monotonic()
    with pytest.raises(alter_sdk.TimeoutError) as caught:
        await done(app.request("GET", silent.url, grant_id=GRANT))
    assert caught.value.request_id == "request-1"
    assert caught.value.may_have_been_sent
    with pytest.raises(TimeoutError):
        await done(app.request("GET", serve(stall).url, grant_id=GRANT))
    vault.first.append(lambda *_: held_up(release))
    with pytest.raises(alter_sdk.TimeoutError) as caught:
        await done(app.request("GET", silent.url, grant_id=GRANT))
    assert caught.value.request_id is None
    assert time.monotonic() - started_at < 2
    release.set()
    await done(app.close())
    assert [outcome["error"] for outcome in vault.outcomes()] == ["upstream_timeout", "upstream_timeout"]


async def test_cancelling_ends_the_call_and_is_told(vault: FakeVault, serve: Serve) -> None:
    release = threading.Event()
    upstream = serve(lambda *_: held_up(release))
    async with alter_sdk.App(API_KEY, base_url=vault.url) as app:
        task = asyncio.create_task(app.request("GET", upstream.url, grant_id=GRANT))
        while not upstream.seen:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    release.set()
    assert [outcome["error"] for outcome in vault.outcomes()] == ["cancelled"]


async def test_a_stream_outlives_the_timeout_and_is_counted(
    vault: FakeVault, serve: Serve, client: Client
) -> None:
    app = client(timeout=0.2)

    def behave(_seen: Seen, answer: Answer) -> None:
        answer.head(200, [("Transfer-Encoding", "chunked")])
        for at in range(4):
            answer.chunk(b"data: %d\n\n" % at)
            time.sleep(0.15)
        answer.chunk(b"")

    url = serve(behave).url
    if isinstance(app, alter_sdk.App):
        async with app.stream("GET", url, grant_id=GRANT) as response:
            events = [line async for line in response.aiter_lines() if line]
    else:
        with app.stream("GET", url, grant_id=GRANT) as answer:
            events = [line for line in answer.iter_lines() if line]
    assert events == ["data: 0", "data: 1", "data: 2", "data: 3"]
    await done(app.close())
    assert vault.outcomes()[0]["bytes_out"] == 4 * len(b"data: 0\n\n")


async def test_events_come_one_by_one(serve: Serve, app: App) -> None:
    received = threading.Semaphore(0)

    def behave(_seen: Seen, answer: Answer) -> None:
        answer.head(200, [("Transfer-Encoding", "chunked")])
        for at in range(3):
            answer.chunk(b"data: %d\n\n" % at)
            assert received.acquire(timeout=5)
        answer.chunk(b"")

    url = serve(behave).url
    count = 0
    if isinstance(app, alter_sdk.App):
        async with app.stream("GET", url, grant_id=GRANT) as response:
            async for _ in response.aiter_bytes():
                count += 1
                received.release()
    else:
        with app.stream("GET", url, grant_id=GRANT) as answer:
            for _ in answer.iter_bytes():
                count += 1
                received.release()
    assert count == 3


@pytest.mark.parametrize("body", ["iterable", "file", "async iterable"])
async def test_a_stream_is_sent_while_it_is_read_and_counted(
    vault: FakeVault, upstream: Server, app: App, body: str, tmp_path: object
) -> None:
    async def numbers() -> AsyncIterator[bytes]:
        for at in range(3):
            yield b"%d" % at

    content: Any = {"iterable": iter([b"012"]), "file": io.BytesIO(b"x012"), "async iterable": numbers()}[
        body
    ]
    if isinstance(content, io.BytesIO):
        content.read(1)

    def call() -> Any:
        return app.request("POST", upstream.url, grant_id=GRANT, content=content)

    if body == "async iterable" and not isinstance(app, alter_sdk.App):
        with pytest.raises(InvalidRequestError):
            call()
        return
    assert (await done(call())).json()["body"] == "012"
    assert "body_sha256" not in vault.asked()[0].json
    is_sized = body == "file"
    assert upstream.last.headers.get("content-length") == ("3" if is_sized else None)
    await done(app.close())
    assert vault.outcomes()[0]["bytes_in"] == 3


async def test_forms_files_and_digests(vault: FakeVault, upstream: Server, app: App) -> None:
    await done(app.request("POST", upstream.url, grant_id=GRANT, data={"a": "b c"}))
    assert upstream.last.body == b"a=b+c"
    assert upstream.last.headers["content-type"] == "application/x-www-form-urlencoded"
    await done(
        app.request("POST", upstream.url, grant_id=GRANT, data={"a": "b"}, files={"f": ("n", b"data")})
    )
    assert upstream.last.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert vault.asked()[-1].json["body_sha256"] == hashlib.sha256(upstream.last.body).hexdigest()
    digest = "ab" * 32
    await done(app.request("PUT", upstream.url, grant_id=GRANT, content=iter([b"x"]), body_sha256=digest))
    assert vault.asked()[-1].json["body_sha256"] == digest


async def test_what_is_wrong_is_refused_before_anything_is_sent(vault: FakeVault, app: App) -> None:
    url = "https://a.example/x"
    wrong: list[tuple[str, str, dict[str, object]]] = [
        ("GET", url, {"grant_id": ""}),
        ("TRACE", url, {}),
        ("G ET", url, {}),
        ("GET", url, {"json": 1}),
        ("POST", url, {"json": 1, "content": b"x"}),
        ("POST", url, {"json": {1, 2}}),
        ("POST", url, {"json": float("nan")}),
        ("POST", url, {"json": "\ud800"}),
        ("POST", url, {"content": 1}),
        ("GET", url, {"headers": {"a": "b\r\nc"}}),
        ("GET", url, {"headers": {"a": "Ā"}}),
        ("GET", url, {"headers": {"a b": "c"}}),
        ("GET", url, {"headers": {"Alter-Grant": "c"}}),
        ("GET", url, {"headers": {"a": "b"}, "extra_headers": {"a": "b"}}),
        ("GET", url, {"params": {"a": "b"}, "query_params": {"a": "b"}}),
        ("GET", url, {"timeout": 0}),
        ("GET", url, {"timeout": float("nan")}),
        ("GET", url, {"context": {"a": object()}}),
        ("GET", url, {"body_sha256": "AB" * 32}),
        ("GET", "https://user:x@a.example/", {}),
        ("GET", "/x", {}),
        ("GET", "https://a.example/{id}", {"path_params": {}}),
        ("GET", "https://a.example/", {"path_params": {"id": "1"}}),
        ("GET", "https://a.example/{id}/x", {"path_params": {"id": ".."}}),
    ]
    for method, target, options in wrong:
        with pytest.raises(InvalidRequestError):
            await done(app.request(method, target, **{"grant_id": GRANT, **options}))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'await_approval' is no option"):
        await done(app.request("GET", url, grant_id=GRANT, await_approval=True))  # type: ignore[call-arg]
    assert vault.seen == []


async def test_path_params_are_one_segment_each(upstream: Server, app: App) -> None:
    await done(
        app.request(
            "GET",
            upstream.url + "/users/{user}/files/{file}",
            grant_id=GRANT,
            path_params={"user": 7, "file": "a/b c?.ü"},
            query_params=[("tag", "x"), ("tag", "y"), ("none", None)],
        )
    )
    assert upstream.last.url == "/users/7/files/a%2Fb%20c%3F.%C3%BC?tag=x&tag=y"


async def test_I7_an_injected_url_of_another_origin_is_refused(
    vault: FakeVault, serve: Serve, app: App
) -> None:
    other, upstream = serve(), serve()
    vault.inject = {"url": f"{other.url}/bot{CANARY}"}
    with pytest.raises(alter_sdk.IntegrityError) as caught:
        await done(app.request("GET", upstream.url, grant_id=GRANT))
    assert_no_secret(repr(caught.value) + str(caught.value))
    assert other.seen + upstream.seen == []


async def test_an_injected_path_is_sent_as_it_is(vault: FakeVault, upstream: Server, app: App) -> None:
    vault.inject = {"url": f"{upstream.url}/bot123:{CANARY}/getMe?a=%41"}
    response = await done(app.request("GET", f"{upstream.url}/getMe?a=%41", grant_id=GRANT))
    assert upstream.last.url == f"/bot123:{CANARY}/getMe?a=%41"
    assert_no_secret(response.text + str(response.url))


async def test_S16_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, serve: Serve, upstream: Server, client: Client, tmp_path: object
) -> None:
    proxy = serve()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    netrc = f"{tmp_path}/netrc"
    Path(netrc).write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", netrc)
    await done(client().request("GET", upstream.url, grant_id=GRANT))
    assert proxy.seen == []
    assert upstream.last.headers["authorization"] == f"Bearer {CANARY}"


async def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, kind: type[App], vault: FakeVault, upstream: Server
) -> None:
    monkeypatch.setenv("ALTER_API_KEY", API_KEY)
    monkeypatch.setenv("ALTER_BASE_URL", vault.url)
    app = kind()
    await done(app.request("GET", upstream.url, grant_id=GRANT))
    await done(app.close())
    monkeypatch.delenv("ALTER_BASE_URL")
    assert "http://127.0.0.1:7400" in repr(kind())
    with pytest.raises(InvalidRequestError, match="agent key"):
        (alter_sdk.Agent if kind is alter_sdk.App else alter_sdk.sync.Agent)()
    monkeypatch.delenv("ALTER_API_KEY")
    with pytest.raises(InvalidRequestError, match="No API key"):
        kind()
    for base_url in (
        "http://vault.example",
        "https://u:p@vault.example",
        "ftp://x",
        "https://a.example?b",
        "x",
    ):
        with pytest.raises(InvalidRequestError):
            kind(API_KEY, base_url=base_url)
    assert repr(kind(API_KEY, base_url="https://vault.example/below/")).startswith(
        "App(base_url='https://vault.example/below'"
    )


async def test_a_closed_client_refuses_calls_and_lets_streams_end(
    vault: FakeVault, serve: Serve, client: Client
) -> None:
    app = client()
    upstream = serve(lambda _, answer: answer.send(200, b"x" * 500_000))
    if isinstance(app, alter_sdk.App):
        async with app.stream("GET", upstream.url, grant_id=GRANT) as response:
            await app.close()
            assert len(await response.aread()) == 500_000
    else:
        with app.stream("GET", upstream.url, grant_id=GRANT) as answer:
            app.close()
            assert len(answer.read()) == 500_000
    with pytest.raises(ClosedError):
        await done(app.request("GET", upstream.url, grant_id=GRANT))
    assert len(vault.outcomes()) == 1


async def test_many_calls_at_once(vault: FakeVault, upstream: Server) -> None:
    async with alter_sdk.App(API_KEY, base_url=vault.url) as app:
        calls = (app.request("GET", f"{upstream.url}/{at}", grant_id=GRANT) for at in range(60))
        answers = await asyncio.gather(*calls)
    assert [answer.json()["url"] for answer in answers] == [f"/{at}" for at in range(60)]
    assert len(vault.outcomes()) == 60


@pytest.mark.filterwarnings("ignore:unclosed")  # what a loop leaves open when it ends
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_client_outlives_many_loops_and_serves_many_threads(vault: FakeVault, upstream: Server) -> None:
    app = alter_sdk.App(API_KEY, base_url=vault.url)
    for _ in range(3):
        response = asyncio.run(app.request("GET", upstream.url, grant_id=GRANT))
        assert response.status_code == 200
    asyncio.run(app.close())
    gc.collect()
    with alter_sdk.sync.App(API_KEY, base_url=vault.url) as twin:
        threads = [
            threading.Thread(target=lambda: twin.request("GET", upstream.url, grant_id=GRANT))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    until("all outcomes", lambda: len(vault.outcomes()) == 11)
