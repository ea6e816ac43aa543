"""The programs of the documents, run as they stand: hosts are found on this machine, and an authority of the tests is trusted;
nothing else is different.
"""

from __future__ import annotations

import hmac
import os
import secrets
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from .control import Control, needs_vault
from .harness import Answer, Seen, Server
from .s3 import ACCESS_KEY_ID, S3

pytestmark = needs_vault
ROOT = Path(__file__).parent.parent

# In the place of DNS and of the well-known port; Python runs it before the program.
FIND_HERE = """
import os, socket, anyio
port = int(os.environ["ALTER_TEST_TLS_PORT"])
dial, dial_async = socket.create_connection, anyio.connect_tcp
here = lambda host, at: ("127.0.0.1", port) if at == 443 else (host, at)
def create_connection(address, *rest, **more):
    return dial(here(*address), *rest, **more)
async def connect_tcp(remote_host, remote_port, **more):
    return await dial_async(*here(remote_host, remote_port), **more)
socket.create_connection, anyio.connect_tcp = create_connection, connect_tcp
import urllib3.util.connection as of_boto3
dial_of_boto3 = of_boto3.create_connection
of_boto3.create_connection = lambda address, *rest, **more: dial_of_boto3(here(*address), *rest, **more)
"""

FIRST = """
import asyncio, os
from alter_sdk import AlterVault, HttpMethod

async def main():
    async with AlterVault(api_key=os.environ["KEY"], caller="my-agent") as vault:
        response = await vault.request(HttpMethod.POST, "https://api.openai.com/v1/chat/completions", grant_id=os.environ["OPENAI_GRANT_ID"],
                                       json={"model": "gpt-4", "messages": [{"role": "user", "content": "Hello"}]}, reason="AI model inference")
        result = response.json()
        print(response.status_code, result)

asyncio.run(main())
"""

SECOND = """
import asyncio, os
from alter_sdk import App, HttpMethod

ALTER_API_KEY, OPENAI_GRANT_ID, GRANT_ID = os.environ["KEY"], os.environ["OPENAI_GRANT_ID"], os.environ["GRANT_ID"]
url, payload = "https://api.openai.com/v1/chat/completions", {"model": "gpt-4"}

async def main():
    vault = App(api_key=ALTER_API_KEY)
    response = await vault.request(HttpMethod.POST, url, grant_id=OPENAI_GRANT_ID, json=payload, context={"tool": "summarize", "thread_id": "t-123"})
    print(response.status_code, response.json())
    result = await vault.proxy_request(HttpMethod.POST, "https://api.example.com/v1/sensitive", grant_id=GRANT_ID, json_body={"action": "delete-everything"}, reason="Quarterly cleanup job")
    print(result.status_code, result.body_text())

asyncio.run(main())
"""

THIRD = """
import asyncio, os
from alter_sdk import App

AWS_GRANT_ID = os.environ["AWS_GRANT_ID"]

async def main():
    vault = App(api_key=os.environ["KEY"])
    s3 = await vault.boto3_client("s3", grant_id=AWS_GRANT_ID, region_name="us-west-2")
    result = s3.list_objects_v2(Bucket="my-bucket")
    print([item["Key"] for item in result["Contents"]])

asyncio.run(main())
"""

TWIN = SECOND.replace(
    "from alter_sdk import App, HttpMethod",
    "from alter_sdk import HttpMethod\nfrom alter_sdk.sync import App",
)
TWIN = TWIN.replace("async def", "def").replace("await ", "").replace("asyncio.run(main())", "main()")

TOKEN = "sk-openai-0123456789abcdef"


@pytest.fixture
def openai() -> Iterator[Server]:
    """On the well-known port, as far as the programs can tell, with a key check."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    directory = Path(os.environ["ALTER_TEST_TLS"])
    tls.load_cert_chain(directory / "server.pem", directory / "server.key")

    def behave(seen: Seen, answer: Answer) -> None:
        is_right = seen.headers.get("authorization") == f"Bearer {TOKEN}"
        answer.json(200 if is_right else 401, {"host": seen.headers["host"], "sent": seen.json})

    server = Server(behave, tls, int(os.environ["ALTER_TEST_TLS_PORT"]))
    yield server
    server.stop()


@pytest.mark.parametrize("program", [FIRST, SECOND, TWIN], ids=["first", "second", "twin"])
def test_a_program_runs_as_it_stands(openai: Server, tmp_path: Path, program: str) -> None:
    control = Control()
    (tmp_path / "sitecustomize.py").write_text(FIND_HERE)
    grants = {
        "OPENAI_GRANT_ID": control.grant("api.openai.com", credential={"token": TOKEN}),
        "GRANT_ID": control.grant("api.example.com", credential={"token": TOKEN}),
    }
    env = {
        **os.environ,
        **grants,
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "SSL_CERT_FILE": str(Path(os.environ["ALTER_TEST_TLS"]) / "client.pem"),
        "ALTER_BASE_URL": control.url,
        "KEY": control.key(),
    }
    ended = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    first, *others = ended.stdout.splitlines()
    assert first.startswith("200 {'host': 'api.openai.com'")
    assert TOKEN not in ended.stdout
    if program != FIRST:
        assert others == ['200 {"host": "api.example.com", "sent": {"action": "delete-everything"}}']
        event = control.completed(grants["GRANT_ID"])
        assert (event["mode"], event["status_code"]) == ("proxy", 200)
    event = control.completed(grants["OPENAI_GRANT_ID"])
    assert (event["mode"], event["status_code"]) == ("request", 200)


@pytest.fixture
def s3() -> Iterator[S3]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    directory = Path(os.environ["ALTER_TEST_TLS"])
    tls.load_cert_chain(directory / "server.pem", directory / "server.key")
    server = S3(f"/+{secrets.token_urlsafe(30)}", tls, int(os.environ["ALTER_TEST_TLS_PORT"]))
    server.objects["/my-bucket/a key"] = b"x"
    yield server
    server.stop()


@pytest.fixture
def aws(s3: S3, tmp_path: Path) -> dict[str, str]:
    """The environment of a program that calls AWS."""
    control = Control()
    (tmp_path / "sitecustomize.py").write_text(FIND_HERE)
    grant_id = control.grant(
        "*.s3.us-west-2.amazonaws.com",
        credential_type="aws_sigv4",
        credential={"access_key_id": ACCESS_KEY_ID, "secret_access_key": s3.secret},
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return env | {
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "AWS_CA_BUNDLE": str(Path(os.environ["ALTER_TEST_TLS"]) / "client.pem"),
        "ALTER_BASE_URL": control.url,
        "AWS_GRANT_ID": grant_id,
        "KEY": control.key(),
    }


def test_the_program_for_aws_runs_as_it_stands(aws: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", THIRD], env=aws, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "['a key']\n")
    assert Control().completed(aws["AWS_GRANT_ID"])["status_code"] == 200


WITH_A_KEY = """
import boto3
s3 = boto3.client("s3", region_name="us-west-2")
print([item["Key"] for item in s3.list_objects_v2(Bucket="my-bucket")["Contents"]], flush=True)
input()
"""


def forms_of(secret: str, seen: Seen) -> dict[str, bytes]:
    """A secret access key as a client may hold it, and what signing derives of it."""
    text = {"raw": secret, "base64": b64encode(secret.encode()).decode(), "url": quote(secret, safe="")}
    forms = {name: value.encode() for name, value in text.items()}
    forms |= {f"{name}, two bytes a character": value.encode("utf-16-le") for name, value in text.items()}
    key = f"AWS4{secret}".encode()
    for part in (seen.headers["x-amz-date"][:8], "us-west-2", "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
        forms[f"key of {part}"] = key
    return forms


@pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="this system does not show the memory of a process"
)
@pytest.mark.parametrize("has_key", [False, True], ids=["of the vault", "with a key of its own"])
def test_R15_memory_and_environment_of_a_program_in_request_mode_hold_no_secret_access_key(
    aws: dict[str, str], s3: S3, has_key: bool
) -> None:
    """The same search finds the key in a program that has one."""
    program = THIRD.replace('["Contents"]])', '["Contents"]], flush=True)\n    input()')
    if has_key:
        program = WITH_A_KEY
        aws |= {"AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": s3.secret}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=aws, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"['a key']\n"
        memory = memory_of(child.pid) + Path(f"/proc/{child.pid}/environ").read_bytes()
        child.stdin.write(b"\n")
    assert child.returncode == 0
    assert aws["AWS_GRANT_ID"].encode() in memory, "what is there is found"
    found = {name for name, form in forms_of(s3.secret, s3.last).items() if form in memory}
    assert "raw" in found if has_key else not found


def memory_of(pid: int) -> bytes:
    """All that a process may write to: its heap, its stacks, its maps."""
    parts = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, permissions, *_ = line.split()
            start, end = (int(bound, 16) for bound in span.split("-"))
            if permissions.startswith("rw"):
                memory.seek(start)
                parts.append(memory.read(end - start))
    return b"".join(parts)
