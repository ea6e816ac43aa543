"""boto3 whose requests a real vault signs or makes, against Ceph's object gateway, which checks every signature with code that is not ours: with a
key, and with a role of its STS.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import secrets
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from zlib import crc32

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

import alter_sdk
from alter_sdk import sync

from .control import Control, needs_vault
from .harness import Answer, App, Seen, Server, done

pytestmark = [
    needs_vault,
    pytest.mark.skipif(
        "ALTER_TEST_CEPH" not in os.environ,
        reason=os.environ.get("ALTER_TEST_NO_CEPH", "Ceph comes with `npm test -- python`"),
    ),
]
KEYS = [
    "plain",
    "with space",
    "a+b",
    "é文😀",
    "~!'()*",
    "q?x=1&y=2#z",
    "percent%2Fencoded",
    "a//b",
    "/leading",
    "//two",
    "a/../b",
    "..",
    "./c",
    "folder/",
    "=:@,;$",
]
WAYS = [
    ("request", "key", "async"),
    ("request", "role", "sync"),
    ("proxy", "key", "sync"),
    ("proxy", "role", "async"),
]
"""Mode, identity, and kind of client: each meets each of the others."""
MEGABYTE = 1024 * 1024
IN_PARTS = TransferConfig(multipart_threshold=6 * MEGABYTE, multipart_chunksize=5 * MEGABYTE)
LARGE = os.urandom(11 * MEGABYTE + 17)
HOP_BY_HOP = ("connection", "transfer-encoding", "keep-alive")


@dataclass(frozen=True)
class Ceph:
    """As the tests that npm runs started it."""

    origin: str
    host: str
    tls_origin: str
    tls_host: str
    ca_file: str
    access_key_id: str
    secret: str
    role_arn: str

    def grant(self, control: Control, identity: str = "key", host: str | None = None, **more: str) -> str:
        """Of the gateway's user, or of the role that it may assume."""
        credential = {"access_key_id": self.access_key_id, "secret_access_key": self.secret}
        if identity == "role":
            credential |= {"role_arn": self.role_arn, "sts_endpoint": self.origin}
        return control.grant(
            self.host,
            allowed_hosts=[self.host, *([] if host is None else [host])],
            credential_type="aws_sigv4",
            credential={**credential, **more},
            injection=[{"in": "aws_sigv4", "service": "s3", "region": "us-east-1"}],
        )


@pytest.fixture
def ceph() -> Ceph:
    return Ceph(**json.loads(os.environ["ALTER_TEST_CEPH"]))


@pytest.fixture
def control() -> Control:
    return Control()


@pytest.fixture
async def app(kind: type[App], control: Control) -> Any:
    app = kind(control.key(), base_url=control.url, caller="ceph-test")
    yield app
    await done(app.close())


@pytest.fixture(params=WAYS, ids=lambda way: "-".join(way))
def way(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    said: tuple[str, str, str] = request.param
    return said


@pytest.fixture
def mode(way: tuple[str, str, str]) -> str:
    return way[0]


@pytest.fixture
def identity(way: tuple[str, str, str]) -> str:
    return way[1]


@pytest.fixture
def kind(way: tuple[str, str, str]) -> type[App]:
    return alter_sdk.App if way[2] == "async" else sync.App


@pytest.fixture
async def s3(app: App, ceph: Ceph, control: Control, identity: str, mode: str) -> Any:
    return await make(app, ceph.grant(control, identity), ceph.origin, mode=mode)


@pytest.fixture
def bucket(s3: Any) -> str:
    return bucket_of(s3)


async def make(app: App, grant_id: str, origin: str, **more: Any) -> Any:
    return await done(
        app.boto3_client("s3", grant_id=grant_id, region_name="us-east-1", endpoint_url=origin, **more)
    )


def bucket_of(s3: Any) -> str:
    name = f"py-{secrets.token_hex(6)}"
    s3.create_bucket(Bucket=name)
    return name


def keys_in(s3: Any, bucket: str, **more: Any) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 4}, **more
    )
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def fetch(url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> bytes:
    """Without any SDK, as whoever was given the URL."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(url, data, fields, method=method)) as answer:
        content: bytes = answer.read()
    return content


async def test_R13_ceph_takes_what_is_put_got_listed_copied_and_deleted(s3: Any, bucket: str) -> None:
    for key in KEYS:
        content = f"content of {key}".encode()
        s3.put_object(Bucket=bucket, Key=key, Body=content, Metadata={"note": "two  words"})
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == content
        part = s3.get_object(Bucket=bucket, Key=key, Range="bytes=8-9")
        assert (part["Body"].read(), part["ContentRange"]) == (b"of", f"bytes 8-9/{len(content)}")
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(content)
    s3.put_object(Bucket=bucket, Key="nothing")
    s3.copy_object(Bucket=bucket, Key="copy of a+b", CopySource={"Bucket": bucket, "Key": "a+b"})
    s3.get_waiter("object_exists").wait(Bucket=bucket, Key="copy of a+b")
    assert s3.get_object(Bucket=bucket, Key="copy of a+b")["Body"].read() == b"content of a+b"
    assert sorted(keys_in(s3, bucket)) == sorted([*KEYS, "nothing", "copy of a+b"])
    assert keys_in(s3, bucket, Prefix="a+", Delimiter="/") == ["a+b"]
    assert keys_in(s3, bucket, Prefix="é") == ["é文😀"]
    for key in keys_in(s3, bucket):
        s3.delete_object(Bucket=bucket, Key=key)
    s3.get_waiter("object_not_exists").wait(Bucket=bucket, Key="plain")
    assert keys_in(s3, bucket) == []
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="plain")
    assert caught.value.response["Error"]["Code"] == "NoSuchKey"
    s3.delete_bucket(Bucket=bucket)


async def test_R13_files_go_up_and_down_and_over_in_parts(
    s3: Any, bucket: str, identity: str, tmp_path: Path
) -> None:
    file = tmp_path / "a file"
    file.write_bytes(LARGE)
    s3.upload_file(str(file), bucket, "by name +é", Config=IN_PARTS, ExtraArgs={"ContentType": "text/x-mine"})
    s3.upload_fileobj(io.BytesIO(LARGE), bucket, "by object", Config=IN_PARTS)
    for key in ("by name +é", "by object"):
        head = s3.head_object(Bucket=bucket, Key=key)
        assert head["ETag"].endswith('-3"'), "in three parts"
        received = io.BytesIO()
        s3.download_fileobj(bucket, key, received, Config=IN_PARTS)
        assert received.getvalue() == LARGE
    assert s3.head_object(Bucket=bucket, Key="by name +é")["ContentType"] == "text/x-mine"
    # Ceph 16 lets no role copy into a part (AccessDenied, also when botocore signs itself); it does let it copy a whole object.
    whole = TransferConfig(multipart_threshold=64 * MEGABYTE) if identity == "role" else IN_PARTS
    s3.copy({"Bucket": bucket, "Key": "by name +é"}, bucket, "copied", Config=whole)
    s3.download_file(bucket, "copied", str(tmp_path / "back"), Config=IN_PARTS)
    assert (tmp_path / "back").read_bytes() == LARGE
    assert b"".join(s3.get_object(Bucket=bucket, Key="by object")["Body"].iter_chunks()) == LARGE
    begun = s3.create_multipart_upload(Bucket=bucket, Key="given up")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="given up", UploadId=begun, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key="given up", UploadId=begun)
    assert "given up" not in keys_in(s3, bucket)


async def test_R13_presigned_urls_open_what_they_name_and_nothing_else(s3: Any, bucket: str) -> None:
    for key in KEYS:
        params = {"Bucket": bucket, "Key": key}
        put = s3.generate_presigned_url("put_object", Params={**params, "ContentType": "text/x-mine"})
        # Of a path that holds `..` urllib would not make another one.
        fetch(put, "PUT", b"by a link", content_type="text/x-mine")
        assert fetch(s3.generate_presigned_url("get_object", Params=params, ExpiresIn=60)) == b"by a link"
    assert sorted(keys_in(s3, bucket)) == sorted(KEYS)
    params = {"Bucket": bucket, "Key": "plain", "ResponseContentType": "a/b"}
    url = s3.generate_presigned_url("get_object", Params=params, ExpiresIn=60)
    assert fetch(url) == b"by a link"
    for method, changed in (
        ("DELETE", url),
        ("GET", url.replace("/plain", "/a%2Bb")),
        ("GET", url.replace("a%2Fb", "a%2Fc")),
        ("GET", url.replace("Expires=60", "Expires=600")),
        ("GET", url[:-1] + ("1" if url.endswith("0") else "0")),
    ):
        with pytest.raises(HTTPError, match="403"):
            fetch(changed, method)
    with pytest.raises(HTTPError, match="403"):
        fetch(put, "PUT", b"x", content_type="text/another")
    short = s3.generate_presigned_url("get_object", Params=params, ExpiresIn=1)
    time.sleep(2.1)
    with pytest.raises(HTTPError, match="403"):
        fetch(short)


class Front(Server):
    """Before Ceph, which signs for no host in particular: changes what comes through, or answers busy first."""

    def __init__(self, ceph: Ceph) -> None:
        super().__init__(self._pass_on)
        self._ceph = ceph
        self.busy = 0
        self.change: Callable[[Seen], Seen] = lambda seen: seen

    def _pass_on(self, seen: Seen, answer: Answer) -> None:
        if self.busy > 0:
            self.busy -= 1
            time.sleep(1.1)  # Signatures of the same second are the same.
            answer.send(503, b"<Error><Code>SlowDown</Code></Error>")
            return
        changed = self.change(seen)
        connection = http.client.HTTPConnection(self._ceph.host)
        connection.request(changed.method, changed.url, changed.body or None, changed.headers)
        got = connection.getresponse()
        fields = [
            (name, value)
            for name, value in got.getheaders()
            if name.lower() not in (*HOP_BY_HOP, "content-length")
        ]
        answer.send(got.status, got.read(), fields)
        connection.close()


@pytest.fixture
def front(ceph: Ceph) -> Any:
    front = Front(ceph)
    yield front
    front.stop()


async def test_R13_a_retry_is_signed_again_and_ceph_takes_it(
    app: App, ceph: Ceph, control: Control, identity: str, mode: str, front: Front
) -> None:
    grant_id = ceph.grant(control, identity, front.host)
    s3 = await make(app, grant_id, front.url, mode=mode, reason="nightly report")
    bucket = bucket_of(s3)
    front.seen.clear()
    front.busy = 2
    s3.put_object(Bucket=bucket, Key="k", Body=io.BytesIO(b"12345"))
    assert [seen.body for seen in front.seen] == [b"12345"] * 3
    assert len({seen.headers["authorization"] for seen in front.seen}) == 3
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"12345"
    await done(app.close())
    events = control.audit(kind="call.completed", grant_id=grant_id)
    assert sorted(event["status_code"] for event in events) == [200, 200, 200, 503, 503]
    assert {(event["mode"], event["reason"]) for event in events} == {(mode, "nightly report")}


async def test_R13_ceph_refuses_whatever_was_changed_on_the_way(
    app: App, ceph: Ceph, control: Control, identity: str, mode: str, front: Front
) -> None:
    s3 = await make(app, ceph.grant(control, identity, front.host), front.url, mode=mode)
    bucket = bucket_of(s3)

    def with_header(name: str, value: str) -> Callable[[Seen], Seen]:
        return lambda seen: Seen(seen.method, seen.url, {**seen.headers, name: value}, [], seen.body)

    changes: list[Callable[[Seen], Seen]] = [
        with_header("x-amz-meta-a", "c"),
        with_header("x-amz-date", time.strftime("%Y%m%dT000000Z", time.gmtime())),
        with_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        lambda seen: Seen(seen.method, seen.url + "x", seen.headers, [], seen.body),
        lambda seen: Seen(seen.method, seen.url + "?acl", seen.headers, [], seen.body),
        lambda seen: Seen(seen.method, seen.url, seen.headers, [], seen.body[:-1] + b"!"),
    ]
    if identity == "role":
        changes.append(with_header("x-amz-security-token", "AAAA"))
    for at, change in enumerate(changes):
        front.change = change
        with pytest.raises(ClientError) as caught:
            s3.put_object(Bucket=bucket, Key="k", Body=b"12345", Metadata={"a": "b"})
        assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500, at
    front.change = lambda seen: seen
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345", Metadata={"a": "b"})
    front.change = lambda seen: Seen("DELETE", seen.url, seen.headers, [], seen.body)
    with pytest.raises(ClientError, match=r"AccessDenied|SignatureDoesNotMatch"):
        s3.get_object(Bucket=bucket, Key="k")


async def test_R13_over_tls_ceph_takes_bodies_that_tls_covers(
    app: App, ceph: Ceph, control: Control, identity: str, mode: str
) -> None:
    s3 = await make(
        app,
        ceph.grant(control, identity, ceph.tls_host),
        ceph.tls_origin,
        mode=mode,
        verify=ceph.ca_file,
        config=Config(request_checksum_calculation="when_required"),
    )
    bucket = bucket_of(s3)
    s3.put_object(Bucket=bucket, Key="é+ b", Body=b"12345")
    assert s3.get_object(Bucket=bucket, Key="é+ b")["Body"].read() == b"12345"
    s3.upload_fileobj(io.BytesIO(LARGE), bucket, "large", Config=IN_PARTS)
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == LARGE


async def test_a_checksum_after_the_body_is_nothing_that_ceph_16_knows(
    app: App, ceph: Ceph, control: Control, mode: str
) -> None:
    own = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=ceph.tls_origin,
        verify=ceph.ca_file,
        aws_access_key_id=ceph.access_key_id,
        aws_secret_access_key=ceph.secret,
    )
    grant_id = ceph.grant(control, "key", ceph.tls_host)
    s3 = await make(app, grant_id, ceph.tls_origin, verify=ceph.ca_file, mode=mode)
    bucket = bucket_of(own)
    for client in (own, s3):
        with pytest.raises(ClientError, match="MissingContentLength"):
            client.put_object(Bucket=bucket, Key="k", Body=b"12345")
    checksum = b64encode(crc32(b"12345").to_bytes(4, "big"))
    framed = b"5\r\n12345\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % checksum
    fields = {
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    url = f"{ceph.tls_origin}/{bucket}/k"
    answer = await done(app.proxy_request("PUT", url, grant_id=grant_id, content=framed, headers=fields))
    assert (answer.status_code, "XAmzContentSHA256Mismatch" in answer.body_text()) == (400, True)
    assert keys_in(own, bucket) == [], "nor is anything kept"


async def test_an_empty_key_is_refused_before_anything_is_asked(
    app: App, ceph: Ceph, control: Control, mode: str
) -> None:
    grant_id = ceph.grant(control)
    s3 = await make(app, grant_id, ceph.origin, mode=mode)
    with pytest.raises(ParamValidationError, match="parameter Key"):
        s3.put_object(Bucket="b", Key="", Body=b"x")
    with pytest.raises(ParamValidationError, match="parameter Key"):
        s3.upload_fileobj(io.BytesIO(b"x"), "b", "")
    with pytest.raises(ParamValidationError, match="parameter Key"):
        s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": ""})
    assert control.audit(grant_id=grant_id, kind="call.authorized") == []


async def test_R14_a_role_that_ceph_does_not_give_is_an_error_of_ours(
    app: App, ceph: Ceph, control: Control, mode: str
) -> None:
    for wrong in ({"role_arn": "arn:aws:iam:::role/absent"}, {"secret_access_key": "wrong/" * 6}):
        s3 = await make(app, ceph.grant(control, "role", **wrong), ceph.origin, mode=mode)
        with pytest.raises(alter_sdk.RoleRefusedError) as caught:
            s3.list_buckets()
        assert caught.value.code == "role_refused"
