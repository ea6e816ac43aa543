"""A small S3 that really verifies: it works out each signature itself, from what came over the wire and a key that it knows."""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
import time
from base64 import b64encode
from calendar import timegm
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape
from zlib import crc32

from .harness import Answer, Seen, Server

ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})"
)
UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
PAGE = 3


def signature_of(
    seen: Seen, secret: str, scope: str, date: str, names: list[str], payload: str, is_query: bool
) -> str:
    """AWS Signature Version 4, as its documentation tells it for S3."""
    path, _, query = seen.url.partition("?")
    pairs = [
        (name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "X-Amz-Signature"
    ]
    canonical = [
        seen.method,
        path,
        "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)),
        "".join(f"{name}:{' '.join(seen.headers[name].split())}\n" for name in names),
        ";".join(names),
        payload,
    ]
    digest = hashlib.sha256("\n".join(canonical).encode("latin-1")).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}"
    assert is_query or "host" in names
    return hmac.digest(key, text.encode(), "sha256").hex()


def is_signed(seen: Seen, secret: str) -> bool:
    """In headers or in the query, for the body that came."""
    query = dict(parse_qsl(seen.url.partition("?")[2], keep_blank_values=True))
    if "X-Amz-Signature" in query:
        credential, _, scope = query["X-Amz-Credential"].partition("/")
        date, names = query["X-Amz-Date"], query["X-Amz-SignedHeaders"].split(";")
        is_timely = time.time() < timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) + int(query["X-Amz-Expires"])
        if not is_timely or any(name not in seen.headers for name in names):
            return False
        expected = signature_of(seen, secret, scope, date, names, "UNSIGNED-PAYLOAD", True)
        return credential == ACCESS_KEY_ID and expected == query["X-Amz-Signature"]
    match = AUTHORIZATION.fullmatch(seen.headers.get("authorization", ""))
    payload = seen.headers.get("x-amz-content-sha256", "")
    if match is None or not (payload in UNSIGNED or payload == hashlib.sha256(seen.body).hexdigest()):
        return False
    credential, _, scope = match.group(1).partition("/")
    names = match.group(2).split(";")
    must = {name for name in seen.headers if name.startswith("x-amz-")} | {"host"}
    expected = signature_of(seen, secret, scope, seen.headers["x-amz-date"], names, payload, False)
    return credential == ACCESS_KEY_ID and must <= set(names) and expected == match.group(3)


class S3(Server):
    """Buckets in memory, path style and by host."""

    def __init__(self, secret: str, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        super().__init__(self._answer, tls, port)
        self.secret = secret
        self.objects: dict[str, bytes] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.busy = 0
        """Answers this many requests with a 503 first."""

    def _answer(self, seen: Seen, answer: Answer) -> None:
        if not is_signed(seen, self.secret):
            return self._error(answer, 403, "SignatureDoesNotMatch")
        if self.busy > 0:
            self.busy -= 1
            return self._error(answer, 503, "SlowDown")
        path, _, query_text = seen.url.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        key = unquote(path)
        if seen.headers["host"].startswith("my-bucket."):
            key = f"/my-bucket{key}"
        if seen.method == "GET" and key.count("/") == 1 + key.endswith("/"):
            return self._list(answer, key, query)
        body = _unframed(seen)
        if seen.method == "POST" and "uploads" in query:
            self.parts[key] = {}
            return self._xml(answer, "InitiateMultipartUploadResult", "<UploadId>u1</UploadId>")
        if seen.method == "POST" and "uploadId" in query:
            self.objects[key] = b"".join(part for _, part in sorted(self.parts.pop(key).items()))
            return self._xml(answer, "CompleteMultipartUploadResult", '<ETag>"e"</ETag>')
        if seen.method == "PUT" and "partNumber" in query:
            self.parts[key][int(query["partNumber"])] = body
            return answer.send(200, headers=[("ETag", f'"{query["partNumber"]}"')])
        if seen.method == "PUT" and "x-amz-copy-source" in seen.headers:
            self.objects[key] = self.objects["/" + unquote(seen.headers["x-amz-copy-source"]).lstrip("/")]
            return self._xml(answer, "CopyObjectResult", '<ETag>"e"</ETag>')
        if seen.method == "PUT":
            self.objects[key] = body
            self.metadata[key] = {
                name: value for name, value in seen.headers.items() if name.startswith("x-amz-meta-")
            }
            return answer.send(200, headers=[("ETag", f'"{hashlib.md5(body).hexdigest()}"')])
        if key not in self.objects:
            return self._error(answer, 404, "NoSuchKey")
        if seen.method == "DELETE":
            del self.objects[key]
            return answer.send(204)
        return self._get(seen, answer, key)

    def _get(self, seen: Seen, answer: Answer, key: str) -> None:
        whole = self.objects[key]
        fields = [*self.metadata.get(key, {}).items(), ("ETag", '"e"'), ("Accept-Ranges", "bytes")]
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", seen.headers.get("range", ""))
        if match is None:
            return answer.send(200, whole, fields)
        start, end = int(match.group(1)), min(int(match.group(2) or len(whole)), len(whole) - 1)
        fields.append(("Content-Range", f"bytes {start}-{end}/{len(whole)}"))
        return answer.send(206, whole[start : end + 1], fields)

    def _list(self, answer: Answer, bucket: str, query: dict[str, str]) -> None:
        prefix = bucket.rstrip("/") + "/"
        keys = sorted(key[len(prefix) :] for key in self.objects if key.startswith(prefix))
        wanted = [key for key in keys if key.startswith(query.get("prefix", ""))]
        start = int(query.get("continuation-token", "0"))
        page = wanted[start : start + PAGE]
        items = "".join(f"<Contents><Key>{escape(quote(key))}</Key><Size>1</Size></Contents>" for key in page)
        more = start + PAGE < len(wanted)
        following = f"<NextContinuationToken>{start + PAGE}</NextContinuationToken>" if more else ""
        head = f"<EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>"
        self._xml(answer, "ListBucketResult", f"{head}{following}{items}")

    def _xml(self, answer: Answer, name: str, inner: str) -> None:
        body = (
            f'<?xml version="1.0"?><{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inner}</{name}>'
        )
        answer.send(200, body.encode(), [("Content-Type", "application/xml")])

    def _error(self, answer: Answer, status: int, code: str) -> None:
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>No.</Message></Error>'
        answer.send(status, body.encode(), [("Content-Type", "application/xml")])


def _unframed(seen: Seen) -> bytes:
    """What is in a body that is framed as `aws-chunked`, with a checksum after it, which is right."""
    if "aws-chunked" not in seen.headers.get("content-encoding", ""):
        return seen.body
    left = seen.body
    parts: list[bytes] = []
    while True:
        size, _, left = left.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if length == 0:
            whole = b"".join(parts)
            checksum = b64encode(crc32(whole).to_bytes(4, "big")).decode()
            assert seen.headers["x-amz-trailer"] == "x-amz-checksum-crc32"
            assert left.decode().strip() == f"x-amz-checksum-crc32:{checksum}"
            assert int(seen.headers["x-amz-decoded-content-length"]) == len(whole)
            return whole
        parts.append(left[:length])
        left = left[length + 2 :]


def host_of(url: str) -> str:
    return urlsplit(url).netloc
