"""boto3 signed for by a real vault, against an S3 that verifies every signature itself."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

import alter_sdk
from alter_sdk import sync
from alter_sdk.drop_in import Mode

from .control import Control, needs_vault
from .harness import Answer, App, Seen, Server, closed_port, done
from .s3 import ACCESS_KEY_ID, AUTHORIZATION, S3, is_signed, signature_of

pytestmark = needs_vault
KEYS = ["plain", "a b é+~'()*!", "x/../y", "//double//", "%2F", "q?a=b&c#d", "ü/日本", "=:@,;$"]


@pytest.fixture
def control() -> Control:
    return Control()


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


@pytest.fixture
async def app(kind: type[App], control: Control, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    # Nobody looks for credentials elsewhere.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHEENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-environment")
    before = environment()
    app = kind(control.key(), base_url=control.url, caller="e2e")
    yield app
    await done(app.close())
    assert environment() == before


@pytest.fixture(params=["http", "https"])
def s3(request: pytest.FixtureRequest) -> Iterator[S3]:
    tls = None
    if request.param == "https":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        directory = Path(os.environ["ALTER_TEST_TLS"])
        tls.load_cert_chain(directory / "server.pem", directory / "server.key")
    server = S3(secrets.token_urlsafe(30), tls)
    yield server
    server.stop()


def grant_of(control: Control, host: str, secret: str, service: str = "s3", **more: object) -> str:
    return control.grant(
        host,
        credential_type="aws_sigv4",
        credential={"access_key_id": ACCESS_KEY_ID, "secret_access_key": secret},
        injection=[
            {"in": "aws_sigv4", "service": service, "region": "us-west-2", "presign_seconds_max": 7200}
        ],
        **more,
    )


@pytest.fixture
def grant_id(control: Control, s3: S3) -> str:
    return grant_of(control, s3.host, s3.secret)


@pytest.fixture
async def client(grant_id: str, app: App, s3: S3) -> Any:
    return await make(app, grant_id, s3)


async def make(app: App, grant_id: str, s3: Server, **more: Any) -> Any:
    return await done(
        app.boto3_client(
            "s3",
            grant_id=grant_id,
            region_name="us-west-2",
            endpoint_url=s3.url,
            verify=str(Path(os.environ["ALTER_TEST_TLS"]) / "client.pem"),
            **{"reason": "a test", "context": {"tool": "boto3"}, **more},
        )
    )


async def test_R13_objects_are_put_listed_got_copied_and_deleted(client: Any, s3: S3) -> None:
    for key in KEYS:
        client.put_object(Bucket="b", Key=key, Body=key.encode(), Metadata={"note": "  two  blanks "})
        assert client.get_object(Bucket="b", Key=key)["Body"].read() == key.encode()
    assert set(s3.objects) == {f"/b/{key}" for key in KEYS}
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="b")
    assert sorted(item["Key"] for page in pages for item in page["Contents"]) == sorted(KEYS)
    assert client.get_object(Bucket="b", Key="plain", Range="bytes=1-3")["Body"].read() == b"lai"
    client.copy_object(Bucket="b", Key="copy", CopySource={"Bucket": "b", "Key": "a b é+~'()*!"})
    assert client.get_object(Bucket="b", Key="copy")["Body"].read() == "a b é+~'()*!".encode()
    client.get_waiter("object_exists").wait(Bucket="b", Key="copy")
    client.delete_object(Bucket="b", Key="copy")
    client.get_waiter("object_not_exists").wait(Bucket="b", Key="copy")
    with pytest.raises(ClientError) as caught:
        client.get_object(Bucket="b", Key="copy")
    assert caught.value.response["Error"]["Code"] == "NoSuchKey"


async def test_files_go_up_and_down_in_parts_and_as_streams(client: Any, s3: S3, tmp_path: Path) -> None:
    data = os.urandom(12_000_000)
    config = TransferConfig(multipart_threshold=5_500_000, multipart_chunksize=5_242_880)
    client.upload_fileobj(io.BytesIO(data), "b", "large", Config=config)
    assert s3.objects["/b/large"] == data
    received = io.BytesIO()
    client.download_fileobj("b", "large", received, Config=config)
    assert received.getvalue() == data
    small = tmp_path / "small"
    small.write_bytes(data[:100_000])
    client.upload_file(str(small), "b", "small", ExtraArgs={"ContentType": "text/x-mine"})
    assert s3.objects["/b/small"] == data[:100_000]
    assert b"".join(client.get_object(Bucket="b", Key="large")["Body"].iter_chunks()) == data


async def test_a_retry_is_signed_again_and_each_is_told(
    control: Control, app: App, s3: S3, grant_id: str, client: Any
) -> None:
    s3.busy = 2
    client.put_object(Bucket="b", Key="k", Body=b"12345")
    assert len(s3.seen) == 3
    assert len({seen.headers["authorization"] for seen in s3.seen}) >= 1
    assert all(is_signed(seen, s3.secret) for seen in s3.seen)
    await done(app.close())
    events = control.audit(kind="call.completed", grant_id=grant_id)
    assert sorted(event["status_code"] for event in events) == [200, 503, 503]
    (first,) = [event for event in events if event["status_code"] == 200]
    assert (first["reason"], first["context"], first["mode"]) == ("a test", {"tool": "boto3"}, "request")
    assert first["actor"]["caller"] == "e2e"
    with pytest.raises(alter_sdk.ClosedError):
        client.get_object(Bucket="b", Key="k")


async def test_R13_a_changed_request_is_refused_and_the_test_can_fail(client: Any, s3: S3) -> None:
    client.put_object(Bucket="b", Key="k", Body=b"x", Metadata={"a": "b"})
    seen = s3.last
    assert is_signed(seen, s3.secret)
    for changed in (
        Seen("POST", seen.url, seen.headers, [], seen.body),
        Seen(seen.method, "/b/other", seen.headers, [], seen.body),
        Seen(seen.method, seen.url, {**seen.headers, "x-amz-meta-a": "c"}, [], seen.body),
        Seen(seen.method, seen.url, {**seen.headers, "x-amz-acl": "public-read"}, [], seen.body),
    ):
        assert not is_signed(changed, s3.secret)
    assert not is_signed(seen, "another")


async def test_R13_over_tls_a_checksum_follows_the_body(client: Any, s3: S3) -> None:
    """The store of these tests works the checksum out as it works out the signature."""
    client.put_object(Bucket="b", Key="k", Body=b"12345")
    seen = s3.last
    is_tls = s3.url.startswith("https")
    assert (seen.headers["x-amz-content-sha256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") == is_tls
    assert is_signed(seen, s3.secret)
    assert s3.objects["/b/k"] == b"12345"
    changed = {**seen.headers, "x-amz-trailer": "x-amz-checksum-sha1"}
    assert not is_signed(Seen(seen.method, seen.url, changed, [], seen.body), s3.secret)


async def test_presigned_urls_work_by_themselves(
    control: Control, app: App, s3: S3, grant_id: str, client: Any
) -> None:
    trust = ssl.create_default_context(cafile=str(Path(os.environ["ALTER_TEST_TLS"]) / "client.pem"))

    def fetch(url: str, method: str = "GET", data: bytes | None = None) -> bytes:
        request = urllib.request.Request(
            url, data, {"content-type": "text/x-mine"} if data else {}, method=method
        )
        content: bytes = urllib.request.urlopen(request, context=trust).read()
        return content

    params = {"Bucket": "b", "Key": "a b/ü", "ContentType": "text/x-mine"}
    url = client.generate_presigned_url("put_object", Params=params, ExpiresIn=600)
    fetch(url, "PUT", b"content")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "a b/ü"}, ExpiresIn=7200)
    assert fetch(url) == b"content"
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["7200"]
    with pytest.raises(HTTPError, match="403"):
        fetch(url.replace("%C3%BC", "u"))
    with pytest.raises(alter_sdk.InvalidRequestError):
        client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}, ExpiresIn=7201)
    with pytest.raises(alter_sdk.InvalidRequestError, match="no forms"):
        client.generate_presigned_post("b", "k")
    assert len(control.audit(kind="call.completed", grant_id=grant_id, flag="presigned")) == 2
    presigned = await done(app.presign("GET", f"{s3.url}/b/a%20b/%C3%BC", grant_id=grant_id, expires_in=60))
    assert fetch(presigned.url) == b"content"
    assert "X-Amz-Signature" not in repr(presigned)
    assert presigned.expires_at.tzinfo is not None
    with pytest.raises(alter_sdk.InvalidRequestError):
        await done(app.presign("GET", s3.url, grant_id=grant_id, expires_in=0))


async def test_refusals_of_the_vault_are_our_errors(control: Control, app: App, s3: S3) -> None:
    grant_id = grant_of(control, s3.host, s3.secret)
    client = await make(app, grant_id, s3)
    control.policy(grant_id, {"type": "request", "methods": ["GET"], "effect": "allow_only"})
    client.list_objects_v2(Bucket="b")
    count = len(s3.seen)
    with pytest.raises(alter_sdk.PolicyViolationError):
        client.put_object(Bucket="b", Key="k", Body=b"x")
    control.revoke(grant_id)
    with pytest.raises(alter_sdk.GrantRevokedError):
        client.list_objects_v2(Bucket="b")
    assert len(s3.seen) == count
    bearer = await make(app, control.grant(s3.host), s3)
    with pytest.raises(alter_sdk.InvalidRequestError, match="no AWS credential"):
        bearer.list_objects_v2(Bucket="b")


async def test_in_proxy_mode_the_vault_makes_the_calls(
    control: Control, app: App, s3: S3, grant_id: str
) -> None:
    client = await make(app, grant_id, s3, mode="proxy", timeout=20)
    s3.busy = 1
    client.put_object(Bucket="b", Key="a/../b é", Body=io.BytesIO(b"x" * 100_000))
    assert client.get_object(Bucket="b", Key="a/../b é", Range="bytes=0-1")["Body"].read() == b"xx"
    with pytest.raises(ClientError, match="NoSuchKey"):
        client.get_object(Bucket="b", Key="absent")
    assert all(is_signed(seen, s3.secret) for seen in s3.seen)
    events = control.audit(kind="call.completed", grant_id=grant_id)
    assert sorted(event["status_code"] for event in events) == [200, 206, 404, 503]
    assert {(event["mode"], event["reason"]) for event in events} == {("proxy", "a test")}
    assert (
        client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}).count("Signature")
        == 1
    )
    control.policy(grant_id, {"type": "require_approval", "approvers": ["owner"]})
    with pytest.raises(alter_sdk.ApprovalPendingError) as held:
        client.delete_object(Bucket="b", Key="a/../b é")
    control.decide(held.value.approval.approval_id, "approve", "go")
    assert cast(sync.PendingApproval, held.value.approval).wait(timeout=30).status_code == 204
    assert s3.objects == {}
    await done(app.close())
    with pytest.raises(alter_sdk.ClosedError):
        client.list_objects_v2(Bucket="b")


async def test_what_boto3_says_of_the_network_stays_what_it_is(control: Control, app: App) -> None:
    port = closed_port()
    grant_id = grant_of(control, f"127.0.0.1:{port}", "x" * 40)
    client = await done(
        app.boto3_client(
            "s3",
            grant_id=grant_id,
            region_name="us-west-2",
            endpoint_url=f"http://127.0.0.1:{port}",
            timeout=5,
            config=Config(retries={"max_attempts": 1, "mode": "standard"}),
        )
    )
    assert client.meta.config.read_timeout == 5
    with pytest.raises(EndpointConnectionError):
        client.list_objects_v2(Bucket="b")
    await done(app.close())
    assert control.completed(grant_id)["code"] == "upstream_unreachable"


async def test_other_services_and_resources(
    control: Control, app: App, serve: Callable[..., Server], s3: S3
) -> None:
    def table(seen: Seen, answer: Answer) -> None:
        answer.send(
            200, json.dumps({"TableNames": ["t"]}).encode(), [("Content-Type", "application/x-amz-json-1.0")]
        )

    upstream = serve(table)
    grant_id = grant_of(control, upstream.host, s3.secret, "dynamodb")
    modes: tuple[Mode, Mode] = ("request", "proxy")
    for mode in modes:
        dynamodb = await done(
            app.boto3_client(
                "dynamodb",
                grant_id=grant_id,
                mode=mode,
                region_name="us-west-2",
                endpoint_url=upstream.url,
            )
        )
        assert dynamodb.list_tables()["TableNames"] == ["t"]
        # Other services than S3 have the hash of the body in the signature only.
        seen = upstream.last
        assert "x-amz-content-sha256" not in seen.headers
        credential = seen.headers["authorization"].partition("Credential=")[2].partition(",")[0]
        assert credential.startswith(f"{ACCESS_KEY_ID}/")
        assert credential.endswith("/us-west-2/dynamodb/aws4_request")
        match = AUTHORIZATION.fullmatch(seen.headers["authorization"])
        assert match is not None
        scope = match.group(1).partition("/")[2]
        names = match.group(2).split(";")
        payload = hashlib.sha256(seen.body).hexdigest()
        expected = signature_of(seen, s3.secret, scope, seen.headers["x-amz-date"], names, payload, False)
        assert expected == match.group(3)

    resource = await done(
        app.boto3_resource(
            "s3",
            grant_id=grant_of(control, s3.host, s3.secret),
            region_name="us-west-2",
            endpoint_url=s3.url,
            verify=str(Path(os.environ["ALTER_TEST_TLS"]) / "client.pem"),
        )
    )
    resource.Bucket("b").put_object(Key="k", Body=b"x")
    assert [item.key for item in resource.Bucket("b").objects.all()] == ["k"]


async def test_options_are_checked_and_nothing_prints_the_key(control: Control, app: App, s3: S3) -> None:
    with pytest.raises(alter_sdk.InvalidRequestError):
        await done(app.boto3_client("s3", grant_id=""))
    with pytest.raises(alter_sdk.InvalidRequestError):
        await done(app.boto3_client("s3", grant_id="g", mode="both"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="aws_access_key_id"):
        await done(app.boto3_client("s3", grant_id="g", aws_access_key_id="x"))  # type: ignore[call-arg]
    client = await make(app, grant_of(control, s3.host, s3.secret), s3)
    assert "alter_key" not in repr(vars(client._request_signer)) + repr(
        client._request_signer._credentials.signer
    )
    assert boto3.Session().get_credentials().access_key == "AKIAOFTHEENVIRONMENT"
