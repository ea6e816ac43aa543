/** What comes back: the upstream's answer byte for byte, less what acts on our origin, and never a secret (P1–P8). */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  headerValues,
  rawUpstream,
  refusalCode,
  send,
  sendBytes,
  startPathRig,
  type PathRig,
  type RawAnswer,
} from './path-rig.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;
let grantId: string;
let token: string;

before(async () => {
  rig = await startPathRig();
  ({ grantId, token } = await rig.grant());
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

/** A call whose upstream answers as `answer` says. */
function answered(
  answer: (response: ServerResponse) => void,
  call: Parameters<PathRig['call']>[2] = {},
): Promise<RawAnswer> {
  rig.upstream.behave((_request, response) => answer(response));
  return rig.call(grantId, `${rig.upstream.origin}/x`, call);
}

const own = (answer: RawAnswer): string[] =>
  answer.rawHeaders.filter(
    (_, i) =>
      !['connection', 'keep-alive', 'alter-request-id', 'transfer-encoding', 'content-length'].includes(
        (answer.rawHeaders[i - (i % 2)] ?? '').toLowerCase(),
      ),
  );

describe('bytes in, bytes out', () => {
  test('status, reason, headers in order and case, duplicates and bytes above 0x7f', async (t) => {
    const head =
      'HTTP/1.1 299 Very Odd\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nX-Bytes: \xe9\xff\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n';
    const raw = await rawUpstream(rig, t, [`${head}hi`]);
    const answer = await rig.call(raw.grantId, raw.url);
    assert.deepEqual([answer.status, answer.reason, answer.text], [299, 'Very Odd', 'hi']);
    assert.deepEqual(own(answer), ['X-B', '1', 'x-a', '2', 'X-B', '3', 'X-Bytes', '\xe9\xff', 'X-Empty', '']);
    assert.equal(headerValues(answer.rawHeaders, 'alter-request-id').length, 1);
    assert.equal(answer.headers['alter-error'], undefined);
  });

  test('property: any status, headers and body come back as they were sent, however they were cut', async () => {
    const status = fc.integer({ min: 200, max: 599 }).filter((code) => ![204, 205, 304].includes(code));
    const name = fc.stringMatching(/^X-[A-Za-z0-9-]{1,12}$/);
    const value = fc.stringMatching(/^[!-~\xa0-\xff]{1,20}$/);
    const bytes = fc.oneof(
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 65_500, max: 65_600 }),
      fc.integer({ min: 60_000, max: 300_000 }),
    );
    await fc.assert(
      fc.asyncProperty(
        status,
        fc.array(fc.tuple(name, value), { maxLength: 8 }),
        bytes,
        fc.boolean(),
        fc.integer({ min: 1, max: 40_000 }),
        async (code, headers, length, isChunked, cut) => {
          const body = Buffer.alloc(length);
          for (let i = 0; i < length; i += 1) body[i] = (i * 7 + code) & 0xff;
          const answer = await answered((response) => {
            response.sendDate = false;
            response.writeHead(code, [
              ...headers.flat(),
              ...(isChunked ? [] : ['Content-Length', String(length)]),
            ]);
            for (let at = 0; at < Math.min(length, cut * 50); at += cut)
              response.write(body.subarray(at, at + cut));
            response.end(body.subarray(Math.min(length, Math.ceil(Math.min(length, cut * 50) / cut) * cut)));
          });
          assert.equal(answer.status, code);
          assert.deepEqual(own(answer), headers.flat());
          assert.ok(answer.body.equals(body), 'the body');
          assert.ok(answer.isComplete);
          if (!isChunked) assert.equal(answer.headers['content-length'], String(length));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('HEAD, 204, 304, 206 and a redirect without a body keep what they say of a body that is not there', async () => {
    const head = await answered(
      (response) => response.writeHead(200, { 'Content-Length': 12345, ETag: '"x"' }).end(),
      { method: 'HEAD' },
    );
    assert.deepEqual(
      [head.status, head.headers['content-length'], head.headers['etag'], head.body.length],
      [200, '12345', '"x"', 0],
    );
    const headless = await answered((response) => response.writeHead(200).end(), { method: 'HEAD' });
    assert.deepEqual(
      [headless.status, headless.headers['content-length'], headless.isComplete],
      [200, undefined, true],
    );
    const notModified = await answered((response) =>
      response.writeHead(304, { 'Content-Length': 77, ETag: '"x"' }).end(),
    );
    assert.deepEqual(
      [notModified.status, notModified.headers['content-length'], notModified.body.length],
      [304, '77', 0],
    );
    const none = await answered((response) => response.writeHead(204).end());
    assert.deepEqual(
      [none.status, none.headers['content-length'], none.headers['transfer-encoding']],
      [204, undefined, undefined],
    );
    const empty = await answered((response) => response.writeHead(200, { 'Content-Length': 0 }).end());
    assert.deepEqual([empty.status, empty.headers['content-length'], empty.isComplete], [200, '0', true]);
    const part = await answered(
      (response) =>
        response.writeHead(206, { 'Content-Range': 'bytes 0-1/4', 'Content-Length': 2 }).end('ab'),
      { headers: ['Range', 'bytes=0-1', 'If-Range', '"x"'] },
    );
    assert.deepEqual([part.status, part.headers['content-range'], part.text], [206, 'bytes 0-1/4', 'ab']);
    assert.equal(rig.upstream.requests.at(-1)?.headers.range, 'bytes=0-1');
  });

  test('a 204 that announces a body does not make the next answer on the connection part of it', async (t) => {
    const raw = await rawUpstream(rig, t, ['HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n']);
    const lines = rig
      .alter(raw.grantId, raw.url)
      .reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '');
    const get = `GET /v1/proxy HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
    const reply = await sendBytes(rig.port, get);
    assert.deepEqual(reply.statuses, [204]);
    assert.doesNotMatch(reply.text, /content-length/i);
  });

  test('interim answers are kept back, and trailers come through, with and without a body that is gathered', async (t) => {
    const raw = await rawUpstream(rig, t, [
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n`,
      'HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n',
    ]);
    const answer = await rig.call(raw.grantId, raw.url);
    assert.deepEqual(answer.interim, []);
    assert.deepEqual([answer.text, answer.rawTrailers], ['hi', ['X-T', '1', 'X-U', '2']]);
    assert.equal(answer.isComplete, true);
  });

  test('an answer that ends with its connection is whole, an odd reason is bytes, and odd statuses pass', async (t) => {
    const old = await rawUpstream(rig, t, ['HTTP/1.0 200 OK\r\n\r\nall ', 'of it']);
    assert.equal((await rig.call(old.grantId, old.url)).text, 'all of it');
    for (const reason of ['', 'caf\xc3\xa9', '\xff\xfe', 'a\tb', 'x'.repeat(3000)]) {
      const raw = await rawUpstream(rig, t, [`HTTP/1.1 200 ${reason}\r\nContent-Length: 2\r\n\r\nhi`]);
      const answer = await rig.call(raw.grantId, raw.url);
      assert.deepEqual([answer.status, answer.text], [200, 'hi'], JSON.stringify(reason));
      const streamed = await rawUpstream(rig, t, [
        `HTTP/1.1 200 ${reason}\r\nTransfer-Encoding: chunked\r\n\r\n`,
        '2\r\nhi\r\n0\r\n\r\n',
      ]);
      assert.equal((await rig.call(streamed.grantId, streamed.url)).text, 'hi', JSON.stringify(reason));
    }
    for (const status of [418, 451, 599, 600, 999]) {
      const raw = await rawUpstream(rig, t, [`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nhi`]);
      assert.equal((await rig.call(raw.grantId, raw.url)).status, status);
    }
    for (const status of ['000', '099', '1000', '20', 'abc', '101']) {
      const raw = await rawUpstream(rig, t, [`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nhi`]);
      assert.equal(refusalCode(await rig.call(raw.grantId, raw.url)), 'upstream_unreachable', status);
    }
  });
});

test('P5: what would act on our origin or on the connection is not handed back', async () => {
  const names = [
    'Set-Cookie',
    'Set-Cookie2',
    'Clear-Site-Data',
    'Alt-Svc',
    'Public-Key-Pins',
    'Public-Key-Pins-Report-Only',
    'Service-Worker-Allowed',
    'Access-Control-Allow-Origin',
    'Access-Control-Allow-Credentials',
    'Access-Control-Anything',
    'Proxy-Authenticate',
    'Proxy-Connection',
    'Upgrade',
    'Alter-Error',
    'Alter-Request-Id',
    'Alter-Approval',
    'X-Named',
  ];
  const answer = await answered((response) => {
    response.writeHead(200, [
      ...names.flatMap((name) => [name, 'evil']),
      'Set-Cookie',
      'again',
      'Connection',
      'X-Named, close',
      'X-Kept',
      '1',
    ]);
    response.end('hi');
  });
  assert.equal(answer.text, 'hi');
  for (const name of names) assert.ok(!headerValues(answer.rawHeaders, name).includes('evil'), name);
  assert.deepEqual(headerValues(answer.rawHeaders, 'x-kept'), ['1']);
  assert.equal(headerValues(answer.rawHeaders, 'alter-request-id').length, 1);
});

test('P2 P3: a compressed body passes byte for byte, whatever it unpacks to, and is flagged', async () => {
  for (const plain of [Buffer.from(`token ${token}`), Buffer.alloc(50_000_000)]) {
    const made = await rig.grant();
    const packed = gzipSync(plain);
    rig.upstream.behave(
      (_request, response) =>
        void response
          .writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': packed.length, ETag: '"e"' })
          .end(packed),
    );
    const answer = await rig.call(made.grantId, `${rig.upstream.origin}/`, {
      headers: ['Accept-Encoding', 'gzip'],
    });
    assert.ok(answer.body.equals(packed));
    assert.deepEqual(
      [answer.headers['content-encoding'], answer.headers['content-length'], answer.headers['etag']],
      ['gzip', String(packed.length), '"e"'],
    );
    const [, completed] = await rig.events(made.grantId, 2);
    assert.deepEqual(completed.flags, ['response_not_inspected']);
    assert.equal(completed.bytes_out, packed.length);
  }
});

test('P4: thousands of headers and large ones pass, more than the limit is upstream_too_large', async (t) => {
  const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: ${i}\r\n`).join('');
  const raw = await rawUpstream(rig, t, [`HTTP/1.1 200 OK\r\n${many}Content-Length: 2\r\n\r\nhi`]);
  const lines = rig
    .alter(raw.grantId, raw.url)
    .reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '');
  const reply = await sendBytes(rig.port, `GET /v1/proxy HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
  assert.deepEqual(reply.statuses, [200]);
  assert.equal([...reply.text.matchAll(/X-\d+: \d+\r\n/g)].length, 3000);
  const huge = await rawUpstream(rig, t, [
    `HTTP/1.1 200 OK\r\nSet-Cookie: ${'x'.repeat(1_000_000)}\r\nContent-Length: 2\r\n\r\nhi`,
  ]);
  assert.equal(refusalCode(await rig.call(huge.grantId, huge.url)), 'upstream_too_large');
});

test('P7: who navigates to a door without a key gets our JSON, never rendered, and no cookie lets them in', async () => {
  rig.upstream.behave(
    (_request, response) =>
      void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<script>alert(1)</script>'),
  );
  for (const path of ['/v1/proxy', '/v1/requests', '/v1/proxy?Alter-Url=x']) {
    const answer = await send(rig.port, {
      path,
      headers: [
        'Accept',
        'text/html',
        'Sec-Fetch-Mode',
        'navigate',
        'Cookie',
        `session=${rig.key}; __Host-session=${rig.key}`,
      ],
    });
    assert.ok(answer.status >= 400);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    assert.equal(answer.headers['set-cookie'], undefined);
  }
  const preflight = await send(rig.port, {
    method: 'OPTIONS',
    headers: [
      'Origin',
      'https://evil.example',
      'Access-Control-Request-Method',
      'POST',
      'Access-Control-Request-Headers',
      'authorization,alter-url',
    ],
  });
  assert.equal(refusalCode(preflight), 'unauthenticated');
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
});

test('P8: no refusal tells of addresses, tables, stacks or keys; absent and not yours are the same bytes', async () => {
  const other = await rig.vault.ok('POST', '/v1/apps', { name: 'other' });
  const { api_key } = await rig.vault.key({}, other.app_id);
  const random = '0190a000-0000-7000-8000-0000000000aa';
  const bodyOf = (answer: RawAnswer): string =>
    answer.text.replaceAll(String(answer.headers['alter-request-id']), '');
  const as = (key: string, id: string): Promise<RawAnswer> =>
    send(rig.port, { headers: rig.alter(id, `${rig.upstream.origin}/`, key) });
  const [foreign, absent] = [await as(api_key, grantId), await as(api_key, random)];
  assert.equal(refusalCode(foreign), 'not_found');
  assert.equal(bodyOf(foreign), bodyOf(absent));
  const closed = await rig.grant({ host: '127.0.0.1:1' });
  const answer = await rig.call(closed.grantId, 'http://127.0.0.1:1/secret-path');
  assert.equal(refusalCode(answer), 'upstream_unreachable');
  assert.doesNotMatch(answer.text, /127\.0\.0\.1|ECONN|secret-path|node:|\.ts|alter_key/);
});
