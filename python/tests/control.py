"""An operator of the vault that the tests run against: makes keys, grants and policies over its public API."""

from __future__ import annotations

import os
import secrets
import time
from typing import Any

import httpx
import pytest

needs_vault = pytest.mark.skipif(
    "ALTER_TEST_VAULT" not in os.environ, reason="the vault comes with `npm test -- python`"
)


class Control:
    """The owner, with a token for everything."""

    def __init__(self) -> None:
        self.url = os.environ["ALTER_TEST_VAULT"]
        self._token = os.environ["ALTER_TEST_TOKEN"]

    def ok(self, method: str, path: str, body: object = None, **params: str) -> Any:
        headers = {"authorization": f"Bearer {self._token}"}
        answer = httpx.request(
            method, self.url + path, json=body, params=params, headers=headers, trust_env=False
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def key(self, **options: object) -> str:
        api_key: str = self.ok("POST", "/v1/apps/default/keys", {"name": "test", **options})["api_key"]
        return api_key

    def agent(self) -> tuple[str, str]:
        """Its id and a key of its own."""
        agent_id = self.ok("POST", "/v1/apps/default/agents", {"name": f"bot-{secrets.token_hex(6)}"})[
            "agent_id"
        ]
        return agent_id, self.key(kind="agent", agent_id=agent_id)

    def grant(self, host: str, principal: object = None, **stored: object) -> str:
        """Of a secret that is stored for it."""
        secret = {
            "name": f"s-{secrets.token_hex(6)}",
            "credential_type": "bearer",
            "credential": {"token": secrets.token_urlsafe(30)},
            "allowed_hosts": [host],
            **stored,
        }
        made = self.ok("POST", "/v1/apps/default/secrets", secret)
        if principal is not None:
            path = f"/v1/apps/default/secrets/{made['secret_id']}/grants"
            made = self.ok("POST", path, {"principal": principal})
        grant_id: str = made["grant_id"]
        return grant_id

    def revoke(self, grant_id: str) -> None:
        self.ok("POST", f"/v1/grants/{grant_id}/revoke", {})

    def policy(self, grant_id: str, rule: dict[str, Any]) -> str:
        policy = {
            "name": f"p-{secrets.token_hex(6)}",
            "applies_to": {"grant_id": grant_id},
            "mode": "enforce",
            "rule": rule,
        }
        policy_id: str = self.ok("POST", "/v1/apps/default/policies", policy)["policy_id"]
        return policy_id

    def decide(self, approval_id: str, decision: str, reason: str) -> None:
        self.ok("POST", f"/v1/approvals/{approval_id}/decision", {"decision": decision, "reason": reason})

    def audit(self, **query: str) -> list[dict[str, Any]]:
        """Newest first."""
        items: list[dict[str, Any]] = self.ok("GET", "/v1/apps/default/audit", limit="200", **query)["items"]
        return items

    def completed(self, grant_id: str, seconds: float = 5.0) -> dict[str, Any]:
        """The end of the only call of a grant, which is written behind the answer."""
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            if events := self.audit(grant_id=grant_id, kind="call.completed"):
                return events[0]
            time.sleep(0.05)
        raise AssertionError(f"no call of {grant_id} was completed within {seconds} s")
