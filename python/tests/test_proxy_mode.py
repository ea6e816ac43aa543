"""Proxy mode and held calls against a vault that records everything, with both kinds of client."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

import alter_sdk
from alter_sdk import (
    AlterError,
    ApprovalDeniedError,
    ApprovalPendingError,
    AwaitApproval,
    ConflictError,
    InvalidRequestError,
    ProxyResult,
    UpstreamError,
    VaultUnavailableError,
    VaultUnreachableError,
    sync,
)

from .harness import API_KEY, GRANT, Answer, App, Behaviour, FakeVault, Seen, done, refuse

TARGET = "https://api.example.com/v1/x?y=%7A"
APPROVAL = "0197a3c4-0000-7e8f-9a0b-1c2d3e4f5a6b"


async def test_a_call_goes_to_the_vault_with_its_headers_and_the_answer_comes_back(
    vault: FakeVault, app: App
) -> None:
    vault.proxy = lambda seen, answer: answer.send(418, seen.body, [("ETag", '"1"')])
    result = await done(
        app.proxy_request(
            "PATCH",
            TARGET,
            grant_id=GRANT,
            json_body={"a": "ä"},
            params={"q": 1},
            headers={"authorization": "Bearer mine", "x-mine": "1", "x-key": API_KEY},
            reason="weil %: ü",
            context={"tool": "é"},
            caller="bot/1",
            timeout=1.2345,
            idempotency_key="order-1",
        )
    )
    assert isinstance(result, ProxyResult)
    assert (result.status_code, result.ok, result.url) == (418, False, f"{TARGET}&q=1")
    assert (result.request_id, result.headers["etag"]) == ("request-1", '"1"')
    assert result.body_json() == {"a": "ä"}
    assert result.body_text() == '{"a":"ä"}'
    assert result.body_bytes() == '{"a":"ä"}'.encode()
    assert "request-1" in repr(result)

    (seen,) = vault.seen
    assert (seen.method, seen.url) == ("PATCH", "/v1/proxy")
    prefixes = ("alter", "auth", "idem", "x-", "content-type")
    assert {name: value for name, value in seen.headers.items() if name.startswith(prefixes)} == {
        "authorization": f"Bearer {API_KEY}",
        "alter-grant": GRANT,
        "alter-url": f"{TARGET}&q=1",
        "alter-reason": quote("weil %: ü", safe=""),
        "alter-context": quote('{"tool":"é"}', safe=""),
        "alter-caller": "bot%2F1",
        "alter-timeout-ms": "1235",
        "idempotency-key": "order-1",
        "content-type": "application/json",
        "x-mine": "1",
    }


async def test_bodies_stream_in_both_directions(vault: FakeVault, app: App) -> None:
    vault.proxy = lambda seen, answer: answer.send(200, seen.body.upper())
    content = iter([b"stre", b"amed"])
    if isinstance(app, alter_sdk.App):
        async with app.proxy_stream("POST", TARGET, grant_id=GRANT, content=content) as result:
            chunks = [chunk async for chunk in result.aiter_bytes()]
    else:
        with app.proxy_stream("POST", TARGET, grant_id=GRANT, content=content) as answer:
            chunks = list(answer.iter_bytes())
    assert b"".join(chunks) == b"STREAMED"


async def test_R1_a_redirect_of_the_upstream_is_its_answer(vault: FakeVault, app: App) -> None:
    vault.proxy = lambda _, answer: answer.send(302, headers=[("Location", "https://evil.example/")])
    result = await done(app.proxy_request("GET", TARGET, grant_id=GRANT))
    assert (result.status_code, result.headers["location"]) == (302, "https://evil.example/")


async def test_an_answer_that_is_neither_the_vaults_nor_the_upstreams_is_not_taken_for_one(
    vault: FakeVault, app: App
) -> None:
    def load_balancer(_seen: Seen, answer: Answer) -> None:
        answer.headers.clear()
        answer.send(502, b"<html>load balancer</html>")

    vault.proxy = load_balancer
    with pytest.raises(VaultUnreachableError) as caught:
        await done(app.proxy_request("GET", TARGET, grant_id=GRANT))
    assert (caught.value.status, caught.value.may_have_been_sent) == (502, True)


async def test_a_call_is_sent_again_only_where_nothing_was_sent_and_the_body_is_still_there(
    vault: FakeVault, app: App
) -> None:
    vault.proxy = lambda _, answer: answer.send(200, b"ok")
    vault.first += [refuse("overloaded", 503), refuse("unavailable", 503)]
    result = await done(app.proxy_request("POST", TARGET, grant_id=GRANT, content="again"))
    assert result.body_text() == "ok"
    assert [seen.body for seen in vault.seen] == [b"again"] * 3

    vault.first.append(refuse("overloaded", 503))
    with pytest.raises(VaultUnavailableError):
        await done(app.proxy_request("POST", TARGET, grant_id=GRANT, content=iter([b"once"])))
    assert len(vault.seen) == 4

    vault.first.append(lambda _, answer: answer.send(503, b"the upstream is busy"))
    assert (await done(app.proxy_request("POST", TARGET, grant_id=GRANT, content="x"))).status_code == 503
    vault.first.append(lambda _, answer: answer.break_off())
    with pytest.raises(VaultUnreachableError) as caught:
        await done(app.proxy_request("POST", TARGET, grant_id=GRANT, content="x"))
    assert caught.value.may_have_been_sent
    assert len(vault.seen) == 6


async def test_a_body_that_breaks_off_is_an_error(vault: FakeVault, app: App) -> None:
    def behave(_seen: Seen, answer: Answer) -> None:
        answer.head(200, [("Content-Length", "1000")])
        answer.write(b"part")
        answer.break_off()

    vault.proxy = behave
    with pytest.raises(UpstreamError):
        await done(app.proxy_request("GET", TARGET, grant_id=GRANT))


async def test_options_are_checked(vault: FakeVault, app: App) -> None:
    wrong: list[dict[str, Any]] = [
        {"idempotency_key": "a b"},
        {"idempotency_key": ""},
        {"await_approval": 1.5},
        {"await_approval": AwaitApproval(timeout=-1)},
    ]
    for options in wrong:
        with pytest.raises(InvalidRequestError):
            await done(app.proxy_request("POST", TARGET, grant_id=GRANT, **options))
    assert vault.seen == []


def held(*polls: dict[str, Any], result: Behaviour | None = None) -> Behaviour:
    """A vault that holds the call, and tells these states one after the other; the last one stays."""
    waiting = list(polls)

    def behave(seen: Seen, answer: Answer) -> None:
        if seen.url == "/v1/proxy":
            said = {
                "approval_id": APPROVAL,
                "status": "pending",
                "approval_url": "http://x/y",
                "host": "api.example.com",
            }
            answer.json(202, {"approval": said}, [("Alter-Approval", APPROVAL)])
        elif seen.url.endswith("/result") and result is not None:
            result(seen, answer)
        elif seen.url.endswith("/cancel"):
            answer.json(200, {"approval_id": APPROVAL, "status": "cancelled"})
        else:
            state = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            answer.json(200, {"approval_id": APPROVAL, **state})

    return behave


async def test_a_held_call_is_an_error_whose_approval_is_waited_on(vault: FakeVault, app: App) -> None:
    vault.proxy = held(
        {"status": "pending"},
        {"status": "executed", "has_result": True},
        result=lambda _, answer: answer.send(201, b"done"),
    )
    with pytest.raises(ApprovalPendingError) as caught:
        await done(app.proxy_request("POST", TARGET, grant_id=GRANT, json={}))
    error = caught.value
    approval = error.approval
    assert isinstance(error, sync.ApprovalPendingError) is isinstance(app, sync.App)
    assert (approval.approval_id, approval.status, approval.approval_url) == (
        APPROVAL,
        "pending",
        "http://x/y",
    )
    assert (error.code, error.request_id, error.may_have_been_sent) == (
        "approval_pending",
        "request-1",
        False,
    )
    result = await done(approval.wait())
    assert (result.status_code, result.body_text(), result.url) == (201, "done", TARGET)
    assert approval.status == "executed"
    assert vault.seen[1].url == f"/v1/approvals/{APPROVAL}?wait_ms=30000"
    again = await done(approval.result())
    assert again.body_bytes() == b"done"


async def test_await_approval_waits_over_an_outage_and_tells_once(vault: FakeVault, app: App) -> None:
    vault.proxy = held(
        {"status": "pending"},
        {"status": "approved"},
        {"status": "executed"},
        result=lambda _, answer: answer.send(200, b"done"),
    )
    told: list[Any] = []
    vault.first += [vault.proxy, refuse("internal", 500), refuse("unavailable", 503)]
    with pytest.raises(AlterError):
        # What will not pass by itself ends the waiting.
        await done(app.proxy_request("POST", TARGET, grant_id=GRANT, await_approval=True))
    vault.first.clear()
    vault.first += [vault.proxy, lambda _, answer: answer.break_off(), refuse("unavailable", 503)]
    wait = AwaitApproval(timeout=30, on_pending=told.append)
    result = await done(app.proxy_request("POST", TARGET, grant_id=GRANT, await_approval=wait))
    assert result.body_text() == "done"
    assert [approval.approval_id for approval in told] == [APPROVAL]


async def test_the_end_of_a_held_call_is_a_typed_error(vault: FakeVault, app: App) -> None:
    ends: list[tuple[dict[str, Any], type[AlterError], bool]] = [
        ({"status": "denied", "decision_reason": "too much"}, ApprovalDeniedError, False),
        ({"status": "expired"}, alter_sdk.ApprovalExpiredError, False),
        ({"status": "cancelled"}, alter_sdk.ApprovalCancelledError, False),
        ({"status": "failed", "error": {"code": "approval_stale", "may_have_been_sent": False}},
         alter_sdk.ApprovalStaleError, False),
        ({"status": "failed", "error": {"code": "upstream_timeout"}}, UpstreamError, True),
        ({"status": "failed"}, alter_sdk.InternalError, True),
    ]  # fmt: skip
    for state, kind, may_have_been_sent in ends:
        vault.proxy = held(state)
        with pytest.raises(kind) as caught:
            await done(app.proxy_request("POST", TARGET, grant_id=GRANT, await_approval=True))
        assert caught.value.may_have_been_sent is may_have_been_sent
        if isinstance(caught.value, ApprovalDeniedError):
            assert caught.value.decision_reason == "too much"
            assert "too much" in (caught.value.hint or "")


async def test_time_that_runs_out_does_not_lose_the_approval(vault: FakeVault, app: App) -> None:
    vault.proxy = held({"status": "pending"})
    with pytest.raises(ApprovalPendingError) as caught:
        await done(
            app.proxy_request("POST", TARGET, grant_id=GRANT, await_approval=AwaitApproval(timeout=0.3))
        )
    approval = caught.value.approval
    with pytest.raises(alter_sdk.TimeoutError, match="still held") as late:
        await done(approval.wait(timeout=0.2))
    assert not late.value.may_have_been_sent
    await done(approval.cancel())
    assert approval.status == "cancelled"
    with pytest.raises(InvalidRequestError):
        await done(approval.wait(timeout=0))


async def test_cancelling_twice_is_cancelling_and_cancelling_late_is_a_conflict(
    vault: FakeVault, app: App
) -> None:
    vault.proxy = held({"status": "pending"}, {"status": "cancelled"})
    approval = await done(app.approval(APPROVAL))
    vault.first.append(refuse("conflict", 409))
    await done(approval.cancel())
    vault.proxy = held({"status": "executed"})
    vault.first.append(refuse("conflict", 409))
    with pytest.raises(ConflictError):
        await done(approval.cancel())


async def test_held_calls_are_listed_page_after_page(vault: FakeVault, app: App) -> None:
    def pages(seen: Seen, answer: Answer) -> None:
        item = {"approval_id": APPROVAL, "status": "pending", "method": "POST", "host": "api.example.com"}
        following = None if "cursor=next%20one" in seen.url else "next one"
        answer.json(200, {"items": [item], "next_cursor": following})

    vault.proxy = pages
    found = await done(app.approvals.list(status="pending"))
    assert [(each.approval_id, each.method, each.host) for each in found] == [
        (APPROVAL, "POST", "api.example.com")
    ] * 2
    assert vault.seen[0].url == "/v1/approvals?limit=200&status=pending"
    with pytest.raises(InvalidRequestError):
        await done(app.approval(""))
    vault.proxy = lambda _, answer: answer.json(200, {"status": "new"})
    with pytest.raises(VaultUnreachableError):
        await done(app.approval(APPROVAL))


async def test_an_approval_is_pickled_without_its_client(vault: FakeVault, app: App) -> None:
    vault.proxy = held({"status": "pending"})
    with pytest.raises(ApprovalPendingError) as caught:
        await done(app.proxy_request("POST", TARGET, grant_id=GRANT))
    data = pickle.dumps(caught.value)
    assert API_KEY.encode() not in data
    error = pickle.loads(data)  # our own
    assert error.approval.approval_id == APPROVAL
    with pytest.raises(alter_sdk.ClosedError, match="another process"):
        await done(error.approval.wait())


async def test_a_transport_in_proxy_mode_serves_a_client_of_httpx(
    vault: FakeVault, client: Callable[..., App]
) -> None:
    app = client()
    vault.proxy = lambda seen, answer: answer.send(200, b"%s|%s" % (seen.method.encode(), seen.body))
    http = app.http_client(grant_id=GRANT, mode="proxy", reason="sdk", timeout=3)
    headers = {"authorization": "Bearer dummy", "accept-encoding": "br"}
    response = await done(http.post(TARGET, content=b"b", headers=headers))
    assert response.text == "POST|b"
    seen = vault.seen[0].headers
    assert (seen["alter-url"], seen["alter-reason"], seen["alter-timeout-ms"]) == (TARGET, "sdk", "3000")
    assert seen["accept-encoding"] == "gzip, deflate"
    assert GRANT in repr(http._transport)
    await done(http.aclose()) if isinstance(http, httpx.AsyncClient) else http.close()
    for options in ({"mode": "else"}, {"await_approval": True}, {"grant_id": ""}):
        with pytest.raises(InvalidRequestError):
            app.transport(**{"grant_id": GRANT, **options})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        app.transport(grant_id=GRANT, json={})  # type: ignore[call-arg]
