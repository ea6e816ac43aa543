"""The SDK against a real vault and real upstreams, in both modes: what goes out, what comes back, what the log tells."""

from __future__ import annotations

import base64
import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest

import alter_sdk
from alter_sdk import ApprovalPendingError, AwaitApproval, sync

from .control import Control, needs_vault
from .harness import Answer, App, Seen, Server, done

pytestmark = needs_vault
Mode = str


@pytest.fixture
def control() -> Control:
    return Control()


@pytest.fixture
async def app(kind: type[App], control: Control) -> Any:
    app = kind(control.key(), base_url=control.url, caller="e2e")
    yield app
    await done(app.close())


@pytest.fixture(params=["request", "proxy"])
def mode(request: pytest.FixtureRequest) -> Mode:
    return str(request.param)


async def call(app: App, mode: Mode, method: str, url: str, **options: Any) -> httpx.Response:
    """One call in either mode, as a response of httpx."""
    if mode == "request":
        response: httpx.Response = await done(app.request(method, url, **options))
        return response
    result: alter_sdk.ProxyResult = await done(app.proxy_request(method, url, **options))
    return result.response


TOKEN = secrets.token_urlsafe(30)
TYPES: list[tuple[str, dict[str, Any], str, Callable[[Seen], Any], Any]] = [
    (
        "bearer",
        {"credential_type": "bearer", "credential": {"token": TOKEN}},
        "/v1/x?y=z",
        lambda seen: (seen.url, seen.headers["authorization"]),
        ("/v1/x?y=z", f"Bearer {TOKEN}"),
    ),
    (
        "several headers and a parameter",
        {
            "credential_type": "api_key",
            "credential": {"token": TOKEN, "tenant": "acme-ü"},
            "public_fields": ["tenant"],
            "injection": [
                {"in": "header", "name": "X-Custom-Auth", "format": "Token {token}"},
                {"in": "header", "name": "X-Tenant", "format": "{tenant}"},
                {"in": "query", "name": "api_key", "format": "{token}+/=&%41"},
            ],
        },
        "/v1/x?y=z&API_KEY=mine",
        lambda seen: (
            seen.headers["x-custom-auth"],
            seen.headers["x-tenant"].encode("latin-1").decode(),
            parse_qsl(urlsplit(seen.url).query),
        ),
        (f"Token {TOKEN}", "acme-ü", [("y", "z"), ("api_key", f"{TOKEN}+/=&%41")]),
    ),
    (
        "basic",
        {"credential_type": "basic", "credential": {"username": "jörg", "password": TOKEN}},
        "/",
        lambda seen: seen.headers["authorization"],
        "Basic " + base64.b64encode(f"jörg:{TOKEN}".encode()).decode(),
    ),
    (
        "a path prefix",
        {
            "credential_type": "api_key",
            "credential": {"token": f"123:{TOKEN}"},
            "injection": [{"in": "path", "mode": "prefix", "format": "/bot{token}"}],
        },
        "/sendMessage?chat=1",
        lambda seen: unquote(seen.url),
        f"/bot123:{TOKEN}/sendMessage?chat=1",
    ),
]


@pytest.mark.parametrize(
    ("name", "stored", "path", "arrived", "expected"), TYPES, ids=[each[0] for each in TYPES]
)
async def test_R2_I5_a_credential_arrives_where_its_rules_put_it(
    control: Control,
    upstream: Server,
    app: App,
    mode: Mode,
    name: str,
    stored: dict[str, Any],
    path: str,
    arrived: Callable[[Seen], Any],
    expected: Any,
) -> None:
    grant_id = control.grant(upstream.host, **stored)
    headers = {"Authorization": "Bearer of-the-caller", "x-api-key": "mine", "X-Kept": "yes"}
    body = {"big": "12345678901234567890", "é": "ü"}
    response = await call(
        app, mode, "POST", upstream.url + path, grant_id=grant_id, json=body, headers=headers
    )
    assert response.status_code == 200, response.text
    seen = upstream.last
    assert arrived(seen) == expected
    assert seen.body == '{"big":"12345678901234567890","é":"ü"}'.encode()
    assert (seen.headers["content-type"], seen.headers["x-kept"]) == ("application/json", "yes")
    everything = repr(seen.raw_headers)
    assert "of-the-caller" not in everything
    assert "alter_key_" not in everything, "lesson 3: the vault's key stays here"
    assert TOKEN not in str(response.url) + response.text, name


async def test_I4_the_log_tells_who_did_what_and_why_and_how_it_ended(
    control: Control, upstream: Server, app: App, mode: Mode
) -> None:
    grant_id = control.grant(upstream.host)
    why = {"reason": "weil: ü", "context": {"tool": "summarize", "thread_id": "t-123"}, "caller": "bot"}
    url = f"{upstream.url}/v1/x?y=z"
    response = await call(app, mode, "POST", url, grant_id=grant_id, content=b"12345", **why)
    await done(app.close())
    event = control.completed(grant_id)
    (authorized,) = control.audit(grant_id=grant_id, kind="call.authorized")
    assert authorized["actor"]["caller"] == "bot"
    assert (authorized["reason"], authorized["context"]) == (why["reason"], why["context"])
    assert (authorized["mode"], authorized["method"]) == (mode, "POST")
    assert authorized["url"] == f"{upstream.url}/v1/x?y=z"
    assert (event["status_code"], event["bytes_in"]) == (200, 5)
    assert event["bytes_out"] == len(response.content)


@pytest.mark.parametrize("encoding", ["plain", "chunked"])
async def test_P1_an_echo_is_redacted(
    control: Control, serve: Callable[..., Server], app: App, mode: Mode, encoding: str
) -> None:
    token = secrets.token_urlsafe(30)

    def behave(seen: Seen, answer: Answer) -> None:
        body = json.dumps({"you sent": seen.headers["authorization"], "again": token}).encode()
        if encoding == "plain":
            answer.send(200, body, [("X-Echo", token)])
            return
        answer.head(200, [("Transfer-Encoding", "chunked")])
        for at in range(0, len(body), 5):
            answer.chunk(body[at : at + 5])
        answer.chunk(b"")

    upstream = serve(behave)
    grant_id = control.grant(upstream.host, credential={"token": token})
    response = await call(app, mode, "GET", upstream.url, grant_id=grant_id)
    assert "[redacted]" in response.text
    assert token not in response.text + repr(response.headers)


async def test_bodies_stream_through_the_vault_at_any_size(
    control: Control, serve: Callable[..., Server], app: App, mode: Mode
) -> None:
    upstream = serve(lambda seen, answer: answer.send(200, seen.body))
    grant_id = control.grant(upstream.host)
    parts = [os.urandom(70_000) for _ in range(40)]
    response = await call(app, mode, "POST", upstream.url, grant_id=grant_id, content=iter(parts))
    assert response.content == b"".join(parts)


async def test_refusals_are_typed(control: Control, upstream: Server, app: App, mode: Mode) -> None:
    grant_id = control.grant(upstream.host)

    async def refused(
        kind: type[alter_sdk.AlterError], url: str = upstream.url, grant_id: str = grant_id
    ) -> Any:
        with pytest.raises(kind) as caught:
            await call(app, mode, "GET", url, grant_id=grant_id)
        assert caught.value.request_id
        return caught.value

    await refused(alter_sdk.HostNotAllowedError, "https://other.example/")
    await refused(alter_sdk.NotFoundError, grant_id="0197a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b")
    issue = (await refused(alter_sdk.InvalidRequestError, grant_id="not-an-id")).issues[0]
    assert issue.path in ("grant_id", "Alter-Grant")
    day = (datetime.now(timezone.utc) + timedelta(days=3)).strftime("%a").lower()
    window = {"type": "time_window", "timezone": "UTC", "days": [day], "from": "09:00", "to": "17:00"}
    policy_id = control.policy(grant_id, window)
    denied = await refused(alter_sdk.PolicyViolationError)
    assert denied.policy_id == policy_id
    assert "T09:00:00" in denied.passes_at
    limited = control.grant(upstream.host)
    control.policy(limited, {"type": "rate_limit", "limit": 1, "window_seconds": 60, "per": "grant"})
    await call(app, mode, "GET", upstream.url, grant_id=limited)
    error = await refused(alter_sdk.RateLimitedError, grant_id=limited)
    assert error.retry_after_ms > 0
    assert error.limits[0].limit == 1
    control.revoke(limited)
    await refused(alter_sdk.GrantRevokedError, grant_id=limited)


async def test_an_agent_reaches_its_own_grants_and_by_default_only_through_the_vault(
    control: Control, upstream: Server, kind: type[App]
) -> None:
    agent_id, api_key = control.agent()
    own = control.grant(upstream.host, principal={"type": "agent", "id": agent_id})
    other = control.grant(upstream.host)
    agent = (alter_sdk.Agent if kind is alter_sdk.App else sync.Agent)(api_key, base_url=control.url)
    result = await done(agent.proxy_request("GET", upstream.url, grant_id=own))
    assert result.status_code == 200
    with pytest.raises(alter_sdk.ProxyRequiredError, match="released"):
        await done(agent.request("GET", upstream.url, grant_id=own))
    with pytest.raises(alter_sdk.NotFoundError):
        await done(agent.proxy_request("GET", upstream.url, grant_id=other))
    await done(agent.close())


async def test_I11_a_held_call_is_waited_for_and_sent_once(
    control: Control, upstream: Server, app: App
) -> None:
    grant_id = control.grant(upstream.host)
    control.policy(grant_id, {"type": "require_approval", "approvers": ["owner"]})
    told: list[str] = []

    def approve_soon(approval: Any) -> None:
        told.append(approval.approval_url)
        assert upstream.seen == []
        threading.Timer(0.2, control.decide, (approval.approval_id, "approve", "go")).start()

    result = await done(
        app.proxy_request(
            "POST",
            f"{upstream.url}/pay",
            grant_id=grant_id,
            json={"amount": 120},
            await_approval=AwaitApproval(timeout=30, on_pending=approve_soon),
        )
    )
    assert (result.status_code, json.loads(result.body_json()["body"])) == (200, {"amount": 120})
    assert len(upstream.seen) == len(told) == 1


async def test_a_held_call_may_be_denied_cancelled_and_found_again(
    control: Control, upstream: Server, app: App
) -> None:
    grant_id = control.grant(upstream.host)
    control.policy(grant_id, {"type": "require_approval", "approvers": ["owner"]})

    async def hold(key: str | None = None) -> Any:
        with pytest.raises(ApprovalPendingError) as caught:
            await done(app.proxy_request("POST", upstream.url, grant_id=grant_id, idempotency_key=key))
        return caught.value.approval

    denied = await hold("order-1")
    assert (await hold("order-1")).approval_id == denied.approval_id
    control.decide(denied.approval_id, "deny", "wrong account")
    with pytest.raises(alter_sdk.ApprovalDeniedError) as caught:
        await done(denied.wait(timeout=10))
    assert (caught.value.decision_reason, caught.value.approval_id) == ("wrong account", denied.approval_id)
    cancelled = await hold()
    listed = await done(app.approvals.list(status="pending"))
    assert cancelled.approval_id in [each.approval_id for each in listed]
    await done(cancelled.cancel())
    found = await done(app.approval(cancelled.approval_id))
    assert (found.status, found.method, found.host) == ("cancelled", "POST", upstream.host)
    with pytest.raises(alter_sdk.ApprovalCancelledError):
        await done(found.wait(timeout=10))
    assert upstream.seen == []


async def test_S11_what_is_judged_is_what_is_sent(
    control: Control, upstream: Server, app: App, mode: Mode
) -> None:
    """The path in the log is the vault's reading of it, that of the upstream is what came."""
    grant_id = control.grant(upstream.host)
    for path in (
        "/a/../b",
        "/%2e%2E/x",
        "/ü ^|`{}",
        "/a//b/./c",
        "/!$&'()*+,;=:@[]",
        "/x?a=%61+b&c='\"<>|^`{}ü",
    ):
        await call(app, mode, "GET", upstream.url + path, grant_id=grant_id)
        deadline = time.monotonic() + 5
        while (
            not (events := control.audit(grant_id=grant_id, kind="call.authorized"))
            and time.monotonic() < deadline
        ):
            time.sleep(0.02)
        assert events[0]["url"] == upstream.url + upstream.last.url
