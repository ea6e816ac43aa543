"""Tables of DynamoDB and queues of SQS do in boto3 what they do at AWS, as moto emulates them. moto checks no signature; code that shares
nothing with what signs stands before it and lets only what is signed through.
"""

from __future__ import annotations

import hashlib
import http.client
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .control import Control, needs_vault
from .harness import Answer, App, Seen, Server, done
from .s3 import ACCESS_KEY_ID, AUTHORIZATION, signature_of

pytestmark = needs_vault
REGION = "us-west-2"
MOTO = Path(__file__).parents[2] / "test/fixtures/moto_server.py"


@pytest.fixture(scope="module")
def moto() -> Iterator[int]:
    """The port of one."""
    with subprocess.Popen(
        [sys.executable, str(MOTO)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        yield int(child.stdout.readline())
        child.terminate()


class Front(Server):
    """Before moto: a request that is not signed, or for another service, is refused."""

    def __init__(self, port: int) -> None:
        super().__init__(self._answer)
        self.secret = secrets.token_urlsafe(30)
        self._port = port
        self.taken = 0

    def _answer(self, seen: Seen, answer: Answer) -> None:
        if not self._is_signed(seen):
            answer.send(403, b'{"__type":"InvalidSignatureException"}')
            return
        self.taken += 1
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        connection.request(seen.method, seen.url, seen.body, seen.headers)
        got = connection.getresponse()
        fields = [
            (name, value)
            for name, value in got.getheaders()
            if name.lower().startswith(("x-amz", "content-type"))
        ]
        answer.send(got.status, got.read(), fields)
        connection.close()

    def _is_signed(self, seen: Seen) -> bool:
        service = "dynamodb" if seen.headers.get("x-amz-target", "").startswith("DynamoDB") else "sqs"
        match = AUTHORIZATION.fullmatch(seen.headers.get("authorization", ""))
        if match is None:
            return False
        key, _, scope = match.group(1).partition("/")
        names, date = match.group(2).split(";"), seen.headers["x-amz-date"]
        must = {name for name in seen.headers if name.startswith("x-amz-")} | {"host"}
        payload = hashlib.sha256(seen.body).hexdigest()
        expected = signature_of(seen, self.secret, scope, date, names, payload, False)
        is_right = (key, scope) == (ACCESS_KEY_ID, f"{date[:8]}/{REGION}/{service}/aws4_request")
        return is_right and must <= set(names) and expected == match.group(3)


@pytest.fixture
def front(moto: int) -> Iterator[Front]:
    front = Front(moto)
    yield front
    front.stop()


@pytest.fixture(params=["request", "proxy"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def app(kind: type[App]) -> Any:
    control = Control()
    app = kind(control.key(), base_url=control.url)
    yield app
    await done(app.close())


async def make(app: App, service: str, front: Front, mode: str, secret: str | None = None) -> Any:
    grant_id = Control().grant(
        front.host,
        credential_type="aws_sigv4",
        credential={"access_key_id": ACCESS_KEY_ID, "secret_access_key": secret or front.secret},
        injection=[{"in": "aws_sigv4", "service": service, "region": REGION}],
    )
    more: dict[str, Any] = {"mode": mode, "region_name": REGION, "endpoint_url": front.url}
    return await done(app.boto3_client(service, grant_id=grant_id, **more))


async def test_R13_a_table_is_made_written_read_in_pages_and_keeps_its_conditions(
    app: App, front: Front, mode: str
) -> None:
    dynamodb = await make(app, "dynamodb", front, mode)
    table = f"t-{secrets.token_hex(6)}"
    dynamodb.create_table(
        TableName=table,
        AttributeDefinitions=[
            {"AttributeName": "who", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "who", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table)
    who = {"S": 'é "q" 😀'}
    items = [{"who": who, "at": {"N": str(at)}} for at in range(5)]
    dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]})
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="who = :who",
        ExpressionAttributeValues={":who": who},
        PaginationConfig={"PageSize": 2},
    )
    assert [item for page in pages for item in page["Items"]] == items
    with pytest.raises(ClientError) as caught:
        dynamodb.put_item(TableName=table, Item=items[0], ConditionExpression="attribute_not_exists(who)")
    assert caught.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    dynamodb.delete_item(TableName=table, Key=items[0])
    assert "Item" not in dynamodb.get_item(TableName=table, Key=items[0])


async def test_R13_messages_go_through_a_queue_whole_and_once(app: App, front: Front, mode: str) -> None:
    sqs = await make(app, "sqs", front, mode)
    url = sqs.create_queue(QueueName=f"q-{secrets.token_hex(6)}")["QueueUrl"]
    texts = ["a + b & c=d", 'é\n"quoted" 😀', " spaces  "]
    for text in texts:
        sqs.send_message(QueueUrl=url, MessageBody=text)
    received = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            received.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert sorted(received) == sorted(texts)
    with pytest.raises(ClientError, match=r"NonExistentQueue|QueueDoesNotExist"):
        sqs.receive_message(QueueUrl=f"{url}-absent")


async def test_R13_what_is_signed_with_another_key_gets_to_no_emulator(
    app: App, front: Front, mode: str
) -> None:
    sqs = await make(app, "sqs", front, mode, secret=secrets.token_urlsafe(30))
    with pytest.raises(ClientError) as caught:
        sqs.list_queues()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert front.taken == 0
