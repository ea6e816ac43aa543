/**
 * R13: bodies that AWS clients sign chunk by chunk go through proxy mode with every signature made anew, checked by code that
 * shares nothing with what signs. What is not framed as it should be never arrives whole.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decide, ended, holdPolicy, person } from './approvals-rig.ts';
import {
  CHECKSUM,
  chunkedCall,
  CHUNKS,
  CHUNKS_AND_TRAILER,
  MADE_UP_SIGNATURE,
  UNSIGNED_TRAILER,
} from './aws-chunks.ts';
import {
  headerValues,
  refusalCode,
  startPathRig,
  type PathRig,
  type RawAnswer,
  type RawCall,
} from './path-rig.ts';
import { assertSigV4 } from './sigv4-verifier.ts';
import type { Recorded } from './upstream.ts';
import { canary, stopPostgres } from './vault.ts';

const REGION = 'eu-central-1';
const HELD_BYTES_MAX = 400_000;
const KIB = 1024;

let rig: PathRig;
before(async () => {
  rig = await startPathRig({ env: { ALTER_HELD_BODY_BYTES_MAX: String(HELD_BYTES_MAX) } });
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

async function awsGrant(more: Record<string, string> = {}, host?: string) {
  const secret = canary();
  const credential = {
    access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    secret_access_key: secret,
    region: REGION,
    service: 's3',
    ...more,
  };
  const made = await rig.grant({
    credential,
    more: { credential_type: 'aws_sigv4' },
    ...(host === undefined ? {} : { host }),
  });
  const scope = { secret, service: 's3', region: REGION };
  return { ...made, scope };
}

const put = (grantId: string, call: RawCall, path = '/b/k'): Promise<RawAnswer> =>
  rig.call(grantId, rig.upstream.origin + path, call);

const arrived = (): Recorded => rig.upstream.requests.at(-1) ?? assert.fail('nothing arrived');

for (const [what, bytes, chunkBytes] of [
  ['small', 5_000, 1_000],
  ['of one chunk', 100, 100],
  ['empty', 0, 1],
  ['that streams', 1_000_000, 64 * KIB],
  ['in chunks as large as may be', 900_000, HELD_BYTES_MAX],
  ['in small chunks', 300_000, 777],
] as const) {
  test(`R13: a body ${what} is signed anew chunk by chunk, and is as long as it was`, async () => {
    const { grantId, scope } = await awsGrant();
    const data = randomBytes(bytes);
    const call = chunkedCall(data, { chunkBytes });
    const answer = await put(grantId, call);
    assert.equal(answer.status, 200, answer.text);
    const seen = arrived();
    assert.ok(assertSigV4(seen, scope).equals(data));
    assert.equal(seen.headers['content-length'], String(call.body.length));
    assert.equal(seen.headers['content-encoding'], 'aws-chunked', 'for S3 to take away');
    assert.equal(seen.headers['x-amz-content-sha256'], CHUNKS);
    assert.ok(!seen.body.includes(MADE_UP_SIGNATURE));
    const [, completed] = await rig.events(grantId, 2);
    assert.equal(completed.bytes_in, bytes, 'without the framing');
    // A chunk that was changed on the way is found.
    if (bytes === 0) return;
    const tampered = Buffer.from(seen.body);
    const at = tampered.indexOf('\r\n') + 2;
    tampered.writeUInt8(tampered.readUInt8(at) ^ 1, at);
    assert.throws(() => assertSigV4({ ...seen, body: tampered }, scope), /the signature of the chunk/);
  });
}

test('R13: a body of no announced length is signed anew too, and is cut off where it is not whole', async (t) => {
  const data = randomBytes(500_000);
  const { headers, body } = chunkedCall(data);
  const pieces = [body.subarray(0, 70_000), body.subarray(70_000)];
  const { grantId, scope } = await awsGrant();
  const answer = await put(grantId, { method: 'PUT', headers, body: pieces });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(arrived().headers['content-length'], undefined);
  assert.ok(assertSigV4(arrived(), scope).equals(data));
  const store = await storeOf(t);
  const cut = await rig.call(store.grantId, store.url, {
    method: 'PUT',
    headers,
    body: [body.subarray(0, -2)],
  });
  assert.equal(refusalCode(cut), 'invalid_request');
  await until(() => store.uploads[0]?.isWhole !== undefined);
  assert.equal(store.uploads[0]?.isWhole, false);
});

test('R13: a checksum that follows the body is signed too, small and streamed', async () => {
  const { grantId, scope } = await awsGrant();
  for (const [bytes, lineEnd] of [
    [10, '\r\n'],
    [500_000, '\n\r\n'],
  ] as const) {
    const data = randomBytes(bytes);
    const call = chunkedCall(data, { payload: CHUNKS_AND_TRAILER, checksum: 'sOO8/Q==', lineEnd });
    const answer = await put(grantId, call);
    assert.equal(answer.status, 200, answer.text);
    const seen = arrived();
    assert.ok(assertSigV4(seen, scope).equals(data));
    assert.equal(seen.headers['x-amz-trailer'], CHECKSUM);
    assert.ok(seen.body.includes('x-amz-checksum-crc32c:sOO8/Q=='));
    assert.equal(seen.body.length, call.body.length);
  }
});

test('R13 I5: with a session token, and where the caller came with a presigned URL, nothing of the caller signs', async () => {
  const { grantId, scope } = await awsGrant({ session_token: 'FwoGZXIvYXdzEDEaDExample//token' });
  const query =
    '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=made-up&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60' +
    `&X-Amz-Security-Token=made-up&X-Amz-SignedHeaders=host&X-Amz-Signature=${MADE_UP_SIGNATURE}&partNumber=1`;
  const data = randomBytes(200_000);
  const headers = ['X-Amz-Security-Token', 'made-up'];
  const answer = await put(grantId, chunkedCall(data, { headers }), `/b/k${query}`);
  assert.equal(answer.status, 200, answer.text);
  const seen = arrived();
  assert.equal(seen.url, '/b/k?partNumber=1');
  assert.deepEqual(headerValues(seen.rawHeaders, 'x-amz-security-token'), [
    'FwoGZXIvYXdzEDEaDExample//token',
  ]);
  assert.ok(assertSigV4(seen, scope).equals(data));
});

/** An upstream that says what became of each upload. */
async function storeOf(
  t: TestContext,
  take: (request: IncomingMessage) => void = (request) => request.resume(),
) {
  const uploads: { bytes: number; isWhole: boolean | undefined }[] = [];
  const server = createServer((request, response) => {
    const upload: (typeof uploads)[number] = { bytes: 0, isWhole: undefined };
    uploads.push(upload);
    request.on('data', (chunk: Buffer) => (upload.bytes += chunk.length)).pause();
    request.on('end', () => response.end());
    request.on('error', () => undefined);
    request.on('close', () => (upload.isWhole = request.complete));
    take(request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const made = await awsGrant({}, host);
  return { ...made, uploads, url: `http://${host}/b/k` };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    assert.ok(tries < 500, 'it did not happen');
    await sleep(10);
  }
}

test('R13: a streamed body that is not framed as it should be is refused with a hint, and never arrives whole', async (t) => {
  const { grantId, url, uploads } = await storeOf(t);
  const { headers, body } = chunkedCall(randomBytes(500_000));
  const last = Buffer.from(`0;chunk-signature=${MADE_UP_SIGNATURE}\r\n\r\n`);
  const withoutLast = body.subarray(0, -last.length);
  const swapped = Buffer.from(body);
  swapped.write('x', body.length - last.length - 1);
  const cases: readonly (readonly [string, Buffer, string])[] = [
    ['no last chunk', withoutLast, 'invalid_request'],
    ['data that are no chunk', Buffer.concat([withoutLast, randomBytes(200_000)]), 'invalid_request'],
    ['more behind the end', Buffer.concat([body, last]), 'invalid_request'],
    ['a broken line end', swapped, 'invalid_request'],
    [
      'a chunk that is too large',
      chunkedCall(randomBytes(500_000), { chunkBytes: 450_000 }).body,
      'payload_too_large',
    ],
  ];
  for (const [what, bytes, code] of cases) {
    const answer = await rig.call(grantId, url, { method: 'PUT', headers, body: bytes });
    assert.equal(refusalCode(answer), code, what);
    assert.ok(answer.json.error.hint.length > 0);
    const upload = uploads.at(-1);
    if (upload === undefined) continue;
    await until(() => upload.isWhole !== undefined);
    assert.equal(upload.isWhole, false, what);
  }
  assert.ok(uploads.length > 0, 'some of it had gone out before');
  const events = await rig.events(grantId, 2 * cases.length);
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'call.completed').map(({ code }) => code),
    cases.map(([, , code]) => code),
  );
});

test('R13: a body of a wrong length is refused, and a small one is refused before anything is sent', async (t) => {
  const { grantId, url, uploads } = await storeOf(t);
  const small = chunkedCall(randomBytes(1_000));
  const lying = small.headers.map((value) => (value === '1000' ? '1001' : value));
  for (const headers of [
    lying,
    small.headers.filter((_, at, all) => !/decoded/i.test(all[at - (at % 2)] ?? '')),
  ])
    assert.equal(refusalCode(await rig.call(grantId, url, { ...small, headers })), 'invalid_request');
  const nothing = { method: 'PUT', headers: small.headers };
  assert.equal(refusalCode(await rig.call(grantId, url, nothing)), 'invalid_request', 'no body at all');
  assert.equal(uploads.length, 0);
});

test('R13: an upload that the caller breaks off is broken off upstream', async (t) => {
  const { grantId, url, uploads } = await storeOf(t);
  const { headers, body } = chunkedCall(randomBytes(900_000));
  const request = httpRequest({
    port: rig.port,
    method: 'PUT',
    path: '/v1/proxy',
    headers: ['Host', 'a', ...rig.alter(grantId, url), ...headers, 'Content-Length', String(body.length)],
  });
  request.on('error', () => undefined);
  request.write(body.subarray(0, 400_000));
  await until(() => (uploads[0]?.bytes ?? 0) > 300_000);
  request.destroy();
  await until(() => uploads[0]?.isWhole !== undefined);
  assert.equal(uploads[0]?.isWhole, false);
  const [, completed] = await rig.events(grantId, 2);
  assert.deepEqual([completed.flags, completed.bytes_in > 300_000], [['client_aborted'], true]);
});

test('R13 F9: an upstream that does not read holds the caller back, and then gets every byte', async (t) => {
  let waiting: IncomingMessage | undefined;
  const { grantId, url, uploads } = await storeOf(t, (request) => (waiting = request));
  const { headers, body } = chunkedCall(Buffer.alloc(50 * KIB * KIB, 'x'));
  let taken = 0;
  const source = new Readable({
    highWaterMark: 64 * KIB,
    read() {
      const piece = body.subarray(taken, taken + 64 * KIB);
      taken += piece.length;
      this.push(piece.length === 0 ? null : piece);
    },
  });
  const all = [...headers, 'Content-Length', String(body.length)];
  const answer = rig.call(grantId, url, { method: 'PUT', headers: all, body: source });
  await until(() => waiting !== undefined);
  await sleep(500);
  const stalled = taken;
  assert.ok(stalled < 20 * KIB * KIB, `${stalled} bytes went into buffers`);
  await sleep(200);
  assert.equal(taken, stalled);
  waiting?.resume();
  assert.equal((await answer).status, 200);
  assert.deepEqual(uploads, [{ bytes: body.length, isWhole: true }]);
});

test('R13: where the vault does not see the body, chunks are refused with what to do instead', async () => {
  const { grantId } = await awsGrant();
  const url = `${rig.upstream.origin}/b/k`;
  for (const payload of [CHUNKS, CHUNKS_AND_TRAILER, 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD'])
    for (const more of [{}, { presign: { expires_in_seconds: 60 } }]) {
      const headers = { 'x-amz-content-sha256': payload, 'x-amz-decoded-content-length': '3' };
      const answer = await rig.vault.release(rig.key, {
        grant_id: grantId,
        method: 'PUT',
        url,
        headers,
        ...more,
      });
      assert.equal(answer.json.error.code, 'invalid_request', answer.text);
      if (payload.includes('HMAC'))
        assert.match(answer.json.error.hint, /UNSIGNED-PAYLOAD over https.*proxy mode/);
    }
});

test('R13: services other than S3 take no chunks, and a form that is not known is refused', async () => {
  const before = rig.upstream.requests.length;
  const sqs = await awsGrant({ service: 'sqs' });
  for (const payload of [CHUNKS, UNSIGNED_TRAILER]) {
    const call = chunkedCall(Buffer.from('abc'), { payload, checksum: 'sOO8/Q==' });
    assert.equal(refusalCode(await put(sqs.grantId, call)), 'invalid_request');
  }
  const s3 = await awsGrant();
  const unknown = chunkedCall(Buffer.from('abc'), { payload: 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' });
  assert.equal(refusalCode(await put(s3.grantId, unknown)), 'invalid_request');
  assert.equal(rig.upstream.requests.length, before);
});

test('R13: in an overlap the second try signs the chunks with the version before', async () => {
  const { grantId, secretId, scope } = await awsGrant();
  await rig.vault.ok('PUT', `/v1/apps/default/secrets/${secretId}/credential`, {
    credential: {
      access_key_id: 'AKIAI44QH8DHBEXAMPLE',
      secret_access_key: canary(),
      region: REGION,
      service: 's3',
    },
    overlap_seconds: 600,
  });
  const data = randomBytes(20_000);
  const from = rig.upstream.requests.length;
  rig.upstream.behave((request, response) => {
    response.statusCode = String(request.headers['authorization']).includes('AKIAI44') ? 401 : 200;
    response.end();
  });
  const answer = await put(grantId, chunkedCall(data, { chunkBytes: 8 * KIB }));
  assert.equal(answer.status, 200, answer.text);
  const [, second] = rig.upstream.requests.slice(from);
  assert.ok(assertSigV4(second ?? assert.fail('there was no second try'), scope).equals(data));
  rig.upstream.behave((_request, response) => void response.end('ok'));
});

describe('who judges a body in chunks', () => {
  const DENY_LARGE = {
    type: 'request',
    effect: 'deny',
    json: [{ pointer: '/amount', op: 'gte', value: 100 }],
  };
  const policy = (grantId: string, mode: string) =>
    rig.vault.ok('POST', '/v1/apps/default/policies', {
      name: `p-${randomBytes(6).toString('hex')}`,
      applies_to: { grant_id: grantId },
      mode,
      rule: DENY_LARGE,
    });

  test('A11: a condition on the JSON body sees what S3 will store, not the framing', async () => {
    const { grantId, scope } = await awsGrant();
    await policy(grantId, 'enforce');
    const json = (amount: number): Buffer =>
      Buffer.from(`{"amount":${amount},"text":"${'x'.repeat(70_000)}"}`);
    for (const data of [Buffer.from('{"amount":5}'), json(5)]) {
      const good = await put(grantId, chunkedCall(data, { chunkBytes: 10_000 }));
      assert.equal(good.status, 200, good.text);
      assert.ok(assertSigV4(arrived(), scope).equals(data));
    }
    for (const payload of [CHUNKS, UNSIGNED_TRAILER])
      for (const data of [Buffer.from('{"amount":250}'), json(250)]) {
        const more = payload === CHUNKS ? {} : { checksum: 'sOO8/Q==' };
        const answer = await put(grantId, chunkedCall(data, { payload, ...more, chunkBytes: 777 }));
        assert.equal(refusalCode(answer), 'policy_denied', payload);
        assert.ok(!/chunked/.test(answer.text), answer.text);
      }
    const { headers, body } = chunkedCall(Buffer.from('{"amount":5}'));
    const broken = await put(grantId, { headers, body: body.subarray(0, -2), method: 'PUT' });
    assert.equal(refusalCode(broken), 'policy_denied', 'what can not be read is not let through');
  });

  test('A11: one that is only monitored judges the same bytes and changes nothing', async () => {
    const { grantId, scope } = await awsGrant();
    await policy(grantId, 'monitor');
    const data = Buffer.from('{"amount":250}');
    assert.equal((await put(grantId, chunkedCall(data))).status, 200);
    assert.ok(assertSigV4(arrived(), scope).equals(data));
    assert.equal((await put(grantId, chunkedCall(Buffer.from('{"amount":5}')))).status, 200);
    const events = (await rig.events(grantId, 4)).filter(({ kind }) => kind === 'call.authorized');
    assert.deepEqual(
      events.map(({ flags }) => flags.includes('monitor_denied')),
      [true, false],
    );
  });

  test('I11 A1 A4: a held call holds what S3 will store, and is signed whole when it is sent', async () => {
    const { grantId, scope } = await awsGrant();
    const admin = await person(rig.vault, 'admin');
    await holdPolicy(rig.vault, { grant_id: grantId }, { approvers: ['admin'] });
    const data = Buffer.from('the bytes that somebody approves');
    for (const payload of [CHUNKS, CHUNKS_AND_TRAILER, UNSIGNED_TRAILER]) {
      const more = payload === CHUNKS ? {} : { checksum: 'sOO8/Q==' };
      const from = rig.upstream.requests.length;
      const answer = await put(grantId, chunkedCall(data, { payload, ...more, chunkBytes: 7 }));
      assert.equal(answer.status, 202, answer.text);
      const id = answer.json.approval.approval_id;
      const shown = await rig.vault.api('GET', `/v1/approvals/${id}`, undefined, { token: admin.token });
      assert.ok(!shown.text.includes('chunk-signature'), shown.text);
      const yes = await decide(rig.vault, id, admin, {
        decision: 'approve',
        request_digest: answer.json.approval.request_digest,
      });
      assert.equal(yes.status, 200, yes.text);
      assert.equal((await ended(rig.vault, id, rig.key)).status, 'executed');
      const sent = rig.upstream.requests.slice(from);
      assert.equal(sent.length, 1);
      const [seen = assert.fail()] = sent;
      assert.deepEqual(seen.body, data);
      assert.ok(assertSigV4(seen, scope).equals(data));
      assert.equal(seen.headers[CHECKSUM], payload === CHUNKS ? undefined : 'sOO8/Q==');
      for (const name of ['content-encoding', 'x-amz-trailer', 'x-amz-decoded-content-length'])
        assert.equal(seen.headers[name], undefined, name);
    }
    const { headers, body } = chunkedCall(data);
    const broken = await put(grantId, { method: 'PUT', headers, body: body.subarray(0, -2) });
    assert.equal(refusalCode(broken), 'invalid_request', 'what can not be read is not held');
  });
});
