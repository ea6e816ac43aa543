"""The SDKs of vendors over the drop-ins, as their documents say that a client is given to them, in both modes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest
import requests
import stripe

import alter_sdk
from alter_sdk import sync

from .control import Control, needs_vault
from .harness import Answer, App, FakeVault, Seen, Server, done, refuse

pytestmark = needs_vault
TOKEN = "sk-of-the-vendor-0123456789"
EVENTS = [
    {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    for choice in (
        {"index": 0, "delta": {"role": "assistant", "content": "Hel"}, "finish_reason": None},
        {"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"},
    )
]
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
}
MESSAGE = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}


def vendor(seen: Seen, answer: Answer) -> None:
    """Three vendors in one: each takes its key where it takes it, and refuses every other."""
    keys = (seen.headers.get("authorization"), seen.headers.get("x-api-key"))
    if keys not in ((f"Bearer {TOKEN}", None), (None, TOKEN)):
        return answer.json(401, {"error": {"message": f"wrong key {keys}", "type": "auth"}})
    if seen.url == "/v1/messages":
        return answer.json(200, MESSAGE)
    if seen.url == "/v1/customers":
        return answer.json(200, {"id": "cus_1", "object": "customer", "name": "Jenny"})
    if not seen.json.get("stream"):
        return answer.json(200, COMPLETION)
    answer.head(200, [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")])
    for event in EVENTS:
        answer.chunk(b"data: %s\n\n" % json.dumps(event).encode())
    answer.chunk(b"data: [DONE]\n\n")
    return answer.chunk(b"")


@pytest.fixture
def upstream(serve: Callable[..., Server]) -> Server:
    return serve(vendor)


@pytest.fixture
def control() -> Control:
    return Control()


@pytest.fixture
async def app(kind: type[App], control: Control) -> Any:
    app = kind(control.key(), base_url=control.url)
    yield app
    await done(app.close())


@pytest.fixture(params=["request", "proxy"])
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_openai(control: Control, upstream: Server, app: App, mode: Any) -> None:
    grant_id = control.grant(upstream.host, credential={"token": TOKEN})
    kind = openai.AsyncOpenAI if isinstance(app, alter_sdk.App) else openai.OpenAI
    http_client = app.http_client(grant_id=grant_id, mode=mode, library=httpx2)
    client: Any = kind(api_key="held by the vault", base_url=f"{upstream.url}/v1", http_client=http_client)
    messages = [{"role": "user", "content": "Hello"}]
    answer = await done(client.chat.completions.create(model="m", messages=messages))
    assert answer.choices[0].message.content == "Hello"
    stream = await done(client.chat.completions.create(model="m", messages=messages, stream=True))
    if isinstance(app, alter_sdk.App):
        text = "".join([chunk.choices[0].delta.content async for chunk in stream])
    else:
        text = "".join([chunk.choices[0].delta.content for chunk in stream])
    assert text == "Hello"
    assert [seen.headers["authorization"] for seen in upstream.seen] == [f"Bearer {TOKEN}"] * 2
    await done(client.close())


async def test_anthropic(control: Control, upstream: Server, app: App, mode: Any) -> None:
    injection = [{"in": "header", "name": "x-api-key", "format": "{token}"}]
    grant_id = control.grant(
        upstream.host, credential_type="api_key", credential={"token": TOKEN}, injection=injection
    )
    kind = anthropic.AsyncAnthropic if isinstance(app, alter_sdk.App) else anthropic.Anthropic
    http_client = app.http_client(grant_id=grant_id, mode=mode, library=httpx2)
    client: Any = kind(api_key="held by the vault", base_url=upstream.url, http_client=http_client)
    messages = [{"role": "user", "content": "Hello"}]
    answer = await done(client.messages.create(model="m", max_tokens=9, messages=messages))
    assert answer.content[0].text == "Hello"
    assert upstream.last.headers["anthropic-version"]
    await done(client.close())


def test_stripe(control: Control, upstream: Server, mode: Any) -> None:
    grant_id = control.grant(upstream.host, credential={"token": TOKEN})
    with sync.App(control.key(), base_url=control.url) as vault:
        session = vault.requests_session(grant_id=grant_id, mode=mode)
        client = stripe.StripeClient(
            "sk_test_held_by_the_vault",
            base_addresses={"api": upstream.url},
            http_client=stripe.RequestsClient(session=session),
        )
        customer = client.v1.customers.create({"name": "Jenny"})
        assert (customer.id, customer.name) == ("cus_1", "Jenny")
    assert upstream.last.body == b"name=Jenny"
    assert "sk_test" not in repr(upstream.seen)


def example(name: str) -> Any:
    """A class of the documents, as it stands there."""
    page = (Path(__file__).parent.parent.parent / "docs/python.md").read_text()
    (code,) = [
        code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if f"class {name}(" in code
    ]
    known: dict[str, Any] = {}
    exec(code, known)
    return known[name]


async def test_stripe_asynchronously(control: Control, upstream: Server, mode: Any) -> None:
    grant_id = control.grant(upstream.host, credential={"token": TOKEN})
    async with alter_sdk.App(control.key(), base_url=control.url) as vault:
        http_client = example("OverHttpx")(vault.http_client(grant_id=grant_id, mode=mode))
        client = stripe.StripeClient(
            "sk_test_held_by_the_vault", base_addresses={"api": upstream.url}, http_client=http_client
        )
        customer = await client.v1.customers.create_async({"name": "Jenny"})
        assert (customer.id, customer.name) == ("cus_1", "Jenny")
        control.revoke(grant_id)
        with pytest.raises(alter_sdk.GrantRevokedError):
            await client.v1.customers.create_async({"name": "Jenny"})
        await http_client.close_async()
    assert [seen.body for seen in upstream.seen] == [b"name=Jenny"]
    assert "sk_test" not in repr(upstream.seen)


def test_a_session_of_requests_streams_and_is_refused_with_our_errors(
    vault: FakeVault, serve: Callable[..., Server]
) -> None:
    upstream = serve(lambda seen, answer: answer.send(200, seen.body * 1000, [("X-Mine", "1")]))
    with sync.App("alter_key_app_x", base_url=vault.url) as app:
        session: requests.Session = app.requests_session(grant_id="g")
        answer = session.post(upstream.url, data=iter([b"ab", b"c"]), stream=True, timeout=(1, 5))
        assert b"".join(answer.iter_content(100)) == b"abc" * 1000
        assert (answer.headers["x-mine"], answer.reason, answer.url) == ("1", "OK", f"{upstream.url}/")
        assert session.post(upstream.url, json={"a": 1}).content == b'{"a": 1}' * 1000
        vault.first.append(refuse("policy_denied", 403))
        with pytest.raises(alter_sdk.PolicyViolationError):
            session.get(upstream.url)
        assert "alter_key" not in repr(session.adapters)
