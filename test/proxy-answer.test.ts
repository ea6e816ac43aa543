/** What comes back: the upstream's answer byte for byte, less what acts on our origin, and never a secret (P1–P8). */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { startRaw } from './egress-rig.ts';
import {
  headerValues,
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
  rig = await startPathRig({ env: { ALTER_EGRESS_ALLOW: '127.0.0.0/8' } });
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

/** A grant for an upstream that answers with these bytes, piece by piece, and then does as it is told. */
async function rawUpstream(
  t: TestContext,
  pieces: readonly (string | Buffer)[],
  then: (socket: Socket) => void = (socket) => void socket.end(),
): Promise<{ grantId: string; url: string; token: string; count: () => number }> {
  let count = 0;
  const upstream = await startRaw(t, (socket) => {
    socket.once('data', async () => {
      count += 1;
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
        await sleep(3);
      }
      then(socket);
    });
  });
  const made = await rig.grant({ host: `127.0.0.1:${upstream.port}` });
  return { ...made, url: `http://127.0.0.1:${upstream.port}/`, count: () => count };
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
    const raw = await rawUpstream(t, [`${head}hi`]);
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
    const raw = await rawUpstream(t, ['HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n']);
    const lines = rig
      .alter(raw.grantId, raw.url)
      .reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '');
    const get = `GET /v1/proxy HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
    const reply = await sendBytes(rig.port, get);
    assert.deepEqual(reply.statuses, [204]);
    assert.doesNotMatch(reply.text, /content-length/i);
  });

  test('interim answers are kept back, and trailers come through, with and without a body that is gathered', async (t) => {
    const raw = await rawUpstream(t, [
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n`,
      'HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n',
    ]);
    const answer = await rig.call(raw.grantId, raw.url);
    assert.deepEqual(answer.interim, []);
    assert.deepEqual([answer.text, answer.rawTrailers], ['hi', ['X-T', '1', 'X-U', '2']]);
    assert.equal(answer.isComplete, true);
  });

  test('an answer that ends with its connection is whole, an odd reason is bytes, and odd statuses pass', async (t) => {
    const old = await rawUpstream(t, ['HTTP/1.0 200 OK\r\n\r\nall ', 'of it']);
    assert.equal((await rig.call(old.grantId, old.url)).text, 'all of it');
    for (const reason of ['', 'caf\xc3\xa9', '\xff\xfe', 'a\tb', 'x'.repeat(3000)]) {
      const raw = await rawUpstream(t, [`HTTP/1.1 200 ${reason}\r\nContent-Length: 2\r\n\r\nhi`]);
      const answer = await rig.call(raw.grantId, raw.url);
      assert.deepEqual([answer.status, answer.text], [200, 'hi'], JSON.stringify(reason));
      const streamed = await rawUpstream(t, [
        `HTTP/1.1 200 ${reason}\r\nTransfer-Encoding: chunked\r\n\r\n`,
        '2\r\nhi\r\n0\r\n\r\n',
      ]);
      assert.equal((await rig.call(streamed.grantId, streamed.url)).text, 'hi', JSON.stringify(reason));
    }
    for (const status of [418, 451, 599, 600, 999]) {
      const raw = await rawUpstream(t, [`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nhi`]);
      assert.equal((await rig.call(raw.grantId, raw.url)).status, status);
    }
    for (const status of ['000', '099', '1000', '20', 'abc', '101']) {
      const raw = await rawUpstream(t, [`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nhi`]);
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

/** The ways in which servers write a value back. */
const SPELLINGS: readonly [string, (value: string) => string][] = [
  ['raw', (value) => value],
  [
    'percent-encoded',
    (value) => [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  ],
  [
    'JSON-escaped',
    (value) => [...value].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ],
  ['base64', (value) => Buffer.from(value).toString('base64')],
  ['base64url', (value) => Buffer.from(value).toString('base64url')],
  ['base64 of a pair', (value) => Buffer.from(`user:${value}`).toString('base64')],
];

function assertNoEcho(answer: RawAnswer, secret: string): void {
  const all = [answer.reason, ...answer.rawHeaders, ...answer.rawTrailers, answer.text].join('\n');
  for (const [name, spell] of SPELLINGS) {
    // The edges of a base64 text hold bits of what stands beside the secret.
    const text = spell(secret)
      .slice(name.startsWith('base64') ? 8 : 0)
      .slice(0, -4);
    assert.ok(!all.includes(text), `${name} came back: ${all.slice(0, 2000)}`);
  }
}

describe('P1 I5 I8: an echoed secret', () => {
  for (const [name, spell] of SPELLINGS) {
    test(`P1: ${name} in a body is replaced, cut at every offset, and the length, ETag and digests go`, async (t) => {
      const made = await rig.grant();
      const echoed = spell(made.token);
      const body = `{"before":"äöü","token":"${echoed}","after":1}`;
      const bytes = Buffer.from(body);
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\nETag: "e"\r\nDigest: sha-256=x\r\nContent-MD5: x\r\nContent-Digest: x\r\nRepr-Digest: x\r\nConnection: close\r\n\r\n`;
      let cut = 0;
      const upstream = await startRaw(t, (socket) => {
        socket.setNoDelay(true);
        socket.once('data', () => {
          socket.write(Buffer.concat([Buffer.from(head), bytes.subarray(0, cut)]));
          setTimeout(() => socket.end(bytes.subarray(cut)), 2);
        });
      });
      const { grant_id } = await rig.vault.secret(`127.0.0.1:${upstream.port}`, { token: made.token });
      const from = bytes.indexOf(echoed);
      for (
        cut = from - 1;
        cut <= from + echoed.length + 1;
        cut += Math.max(1, Math.floor(echoed.length / 40))
      ) {
        const answer = await rig.call(grant_id, `http://127.0.0.1:${upstream.port}/`);
        assert.equal(answer.status, 200);
        assertNoEcho(answer, made.token);
        assert.match(answer.text, /^\{"before":"äöü","token":".*\[redacted\].*","after":1\}$/);
        assert.ok(answer.isComplete);
        for (const gone of ['etag', 'digest', 'content-md5', 'content-digest', 'repr-digest'])
          assert.equal(answer.headers[gone], undefined, gone);
        if (answer.headers['content-length'] !== undefined)
          assert.equal(Number(answer.headers['content-length']), answer.body.length);
      }
    });

    test(`P1: ${name} in a chunked, slow stream is replaced at every cut`, async () => {
      const made = await rig.grant();
      const echoed = Buffer.from(spell(made.token));
      for (let cut = 1; cut < echoed.length; cut += Math.max(1, Math.floor(echoed.length / 12))) {
        rig.upstream.behave(async (_request, response) => {
          response.write('data: ');
          await sleep(2);
          response.write(echoed.subarray(0, cut));
          await sleep(2);
          response.end(Buffer.concat([echoed.subarray(cut), Buffer.from('\n\n')]));
        });
        const answer = await rig.call(made.grantId, `${rig.upstream.origin}/`);
        assertNoEcho(answer, made.token);
        assert.match(answer.text, /^data: .*\[redacted\].*\n\n$/);
      }
    });
  }

  test('P1: in headers, the reason, header names, trailers and error pages', async (t) => {
    const made = await rig.grant();
    const { token } = made;
    const encoded = Buffer.from(token).toString('base64');
    const heads: [string, RegExp][] = [
      [`HTTP/1.1 302 Found\r\nLocation: /x?key=${token}\r\nContent-Length: 0\r\n\r\n`, /\[redacted\]/],
      [
        `HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer error="${token}"\r\nContent-Length: 0\r\n\r\n`,
        /\[redacted\]/,
      ],
      [`HTTP/1.1 200 ${token}\r\nContent-Length: 0\r\n\r\n`, /\[redacted\]/],
      [`HTTP/1.1 200 OK\r\nX-Echo: Basic ${encoded}\r\nContent-Length: 2\r\n\r\nhi`, /\[redacted\]/],
      [`HTTP/1.1 200 OK\r\nX-${token}: 1\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\nhi`, /X-Kept/],
      [
        `HTTP/1.1 500 Oops\r\nContent-Length: ${token.length + 10}\r\n\r\nbad token ${token}`,
        /bad token \[redacted\]/,
      ],
      [
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: ${token}\r\n\r\n`,
        /\[redacted\]/,
      ],
      [
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-${token}: t\r\nX-Kept: 1\r\n\r\n`,
        /X-Kept/,
      ],
      [`HTTP/1.1 200 OK\r\nX-${token}: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, /200/],
    ];
    for (const [text, expected] of heads) {
      const upstream = await startRaw(t, (socket) => {
        socket.once('data', () => socket.write(text));
        if (text.endsWith('chunked\r\n\r\n')) setTimeout(() => socket.end('0\r\n\r\n'), 50);
      });
      const { grant_id } = await rig.vault.secret(`127.0.0.1:${upstream.port}`, { token });
      const answer = await rig.call(grant_id, `http://127.0.0.1:${upstream.port}/`);
      assertNoEcho(answer, token);
      assert.match(
        [answer.status, answer.reason, ...answer.rawHeaders, answer.text, ...answer.rawTrailers].join(' '),
        expected,
      );
      const events = await rig.events(grant_id, 2);
      assert.deepEqual(events[1].flags, ['secret_echoed'], text);
    }
  });

  test('P1: in a body announced as large the length stays what was announced, wherever the echo stands', async () => {
    for (const [size, at] of [
      [65_537, 65_500],
      [65_546, 65_546],
      [100_000, 0],
      [100_000, 50_000],
      [300_000, 299_990],
      [70_000, 65_530],
    ] as const) {
      for (const isSlow of [false, true]) {
        const made = await rig.grant();
        const body = Buffer.alloc(size, 'a');
        const where = Math.max(0, Math.min(at, size - made.token.length));
        body.write(made.token, where);
        rig.upstream.behave(async (_request, response) => {
          response.writeHead(200, { 'Content-Length': size, ETag: '"e"' });
          response.write(body.subarray(0, where + 10));
          if (isSlow) await sleep(20);
          response.end(body.subarray(where + 10));
        });
        const answer = await rig.call(made.grantId, `${rig.upstream.origin}/`);
        assert.equal(answer.isComplete, true);
        assertNoEcho(answer, made.token);
        assert.equal(answer.body.length, size);
        assert.deepEqual(headerValues(answer.rawHeaders, 'content-length'), [String(size)]);
        assert.deepEqual((await rig.events(made.grantId, 2))[1].flags, ['secret_echoed']);
      }
    }
  });

  test('P1: public fields and values under 8 bytes are no secrets, any other field is', async () => {
    const made = await rig.grant({
      credential: {
        token: 'a-secret-token-value',
        tenant: 'public-tenant-value',
        pin: '1234567',
        extra: 'another-secret-value',
      },
      more: {
        credential_type: 'api_key',
        public_fields: ['tenant'],
        injection: [{ in: 'header', name: 'X-Auth', format: '{token}.{tenant}.{pin}.{extra}' }],
      },
    });
    rig.upstream.behave((request, response) => void response.end(request.headers['x-auth']));
    const answer = await rig.call(made.grantId, `${rig.upstream.origin}/`);
    assert.equal(answer.text, '[redacted].public-tenant-value.1234567.[redacted]');
  });

  test('P1 I8: the log, the audit trail and the answers of this file hold no token', async () => {
    assert.ok(!rig.vault.log().includes(token));
    const audit = JSON.stringify(await rig.vault.audit());
    assert.ok(!audit.includes(token));
  });
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
  const raw = await rawUpstream(t, [`HTTP/1.1 200 OK\r\n${many}Content-Length: 2\r\n\r\nhi`]);
  const lines = rig
    .alter(raw.grantId, raw.url)
    .reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '');
  const reply = await sendBytes(rig.port, `GET /v1/proxy HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
  assert.deepEqual(reply.statuses, [200]);
  assert.equal([...reply.text.matchAll(/X-\d+: \d+\r\n/g)].length, 3000);
  const huge = await rawUpstream(t, [
    `HTTP/1.1 200 OK\r\nSet-Cookie: ${'x'.repeat(1_000_000)}\r\nContent-Length: 2\r\n\r\nhi`,
  ]);
  assert.equal(refusalCode(await rig.call(huge.grantId, huge.url)), 'upstream_too_large');
});

describe('P6: a broken upstream', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';
  const CASES: readonly [
    name: string,
    pieces: readonly string[],
    then: (socket: Socket) => void,
    expected: string,
  ][] = [
    ['closes without a word', [], (socket) => void socket.end(), 'upstream_unreachable'],
    ['resets without a word', [], (socket) => void socket.resetAndDestroy(), 'upstream_unreachable'],
    [
      'resets within the header',
      ['HTTP/1.1 200 OK\r\nContent-'],
      (socket) => void socket.resetAndDestroy(),
      'upstream_unreachable',
    ],
    [
      'closes within the header',
      ['HTTP/1.1 200 OK\r\nContent-'],
      (socket) => void socket.end(),
      'upstream_unreachable',
    ],
    ['is silent', [], () => undefined, 'upstream_timeout'],
    ['never ends its header', ['HTTP/1.1 200 OK\r\n', 'X-A: 1\r\n'], () => undefined, 'upstream_timeout'],
    ['is short of a small body', [HEAD, 'abc'], (socket) => void socket.end(), 'upstream_unreachable'],
    [
      'resets within a small body',
      [HEAD, 'abc'],
      (socket) => void socket.resetAndDestroy(),
      'upstream_unreachable',
    ],
    ['goes silent within a small body', [HEAD, 'abc'], () => undefined, 'upstream_timeout'],
    ['speaks another protocol', ['SSH-2.0-OpenSSH_9.2\r\n'], () => undefined, 'upstream_unreachable'],
    [
      'has two lengths',
      ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi'],
      () => undefined,
      'upstream_unreachable',
    ],
    [
      'has length and chunks',
      ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'],
      () => undefined,
      'upstream_unreachable',
    ],
  ];
  for (const [name, pieces, then, expected] of CASES) {
    test(`P6: that ${name} is ${expected}, sent once, with one outcome`, async (t) => {
      const raw = await rawUpstream(t, pieces, then);
      const startedAt = performance.now();
      const answer = await rig.call(raw.grantId, raw.url, {
        method: 'POST',
        body: 'b',
        headers: ['Alter-Timeout-Ms', '300'],
      });
      assert.equal(refusalCode(answer), expected);
      assert.equal(answer.status, expected === 'upstream_timeout' ? 504 : 502);
      assert.ok(performance.now() - startedAt < 1300);
      assert.equal(raw.count(), 1, 'no retry');
      const [, completed] = await rig.events(raw.grantId, 2);
      assert.deepEqual([completed.kind, completed.code], ['call.completed', expected]);
      assert.equal(completed.bytes_in, 1);
    });
  }

  const STREAMS: readonly [
    name: string,
    pieces: readonly string[],
    then: (socket: Socket) => void,
    code: string,
  ][] = [
    [
      'is short of a large body',
      [`HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n${'a'.repeat(100_000)}`],
      (socket) => void socket.end(),
      'upstream_unreachable',
    ],
    [
      'resets within a chunked body',
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r\nhello\r\n'],
      (socket) => void socket.resetAndDestroy(),
      'upstream_unreachable',
    ],
    [
      'closes a chunked body without its end',
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r\nhello\r\n'],
      (socket) => void socket.end(),
      'upstream_unreachable',
    ],
    [
      'sends a bad chunk',
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r\nhello\r\n', 'zz\r\n'],
      () => undefined,
      'upstream_unreachable',
    ],
    [
      'resets a body that ends with its connection',
      ['HTTP/1.1 200 OK\r\n\r\n', 'hello'],
      (socket) => void socket.resetAndDestroy(),
      'upstream_unreachable',
    ],
    [
      'goes silent within a stream',
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r\nhello\r\n'],
      () => undefined,
      'upstream_timeout',
    ],
  ];
  for (const [name, pieces, then, code] of STREAMS) {
    test(`P6 P4: that ${name} breaks the client's connection too, and is flagged truncated`, async (t) => {
      const raw = await rawUpstream(t, pieces, then);
      const answer = await rig.call(raw.grantId, raw.url, { headers: ['Alter-Timeout-Ms', '400'] });
      assert.equal(answer.status, 200);
      assert.equal(answer.isComplete, false, 'what was cut off is not complete');
      const [, completed] = await rig.events(raw.grantId, 2);
      assert.deepEqual([completed.code, completed.flags, completed.status_code], [code, ['truncated'], 200]);
      assert.equal(completed.bytes_out, answer.body.length);
    });
  }

  test('P6: to a client of HTTP/1.0, which knows the end only by the connection, a cut answer is a reset', async (t) => {
    const raw = await rawUpstream(
      t,
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r\nhello\r\n'],
      (socket) => void setTimeout(() => socket.resetAndDestroy(), 50),
    );
    const lines = rig
      .alter(raw.grantId, raw.url)
      .reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '');
    const { connect } = await import('node:net');
    const how = await new Promise<string>((resolve) => {
      const socket = connect(
        rig.port,
        '127.0.0.1',
        () => void socket.write(`GET /v1/proxy HTTP/1.0\r\n${lines}\r\n`),
      );
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      socket.on('end', () => resolve('end'));
      socket.resume();
    });
    assert.equal(how, 'ECONNRESET');
  });

  test('P6: refused, and a name that does not resolve', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const closed = await rig.grant({ host: `127.0.0.1:${port}` });
    const answer = await rig.call(closed.grantId, `http://127.0.0.1:${port}/`, { method: 'POST', body: 'b' });
    assert.equal(refusalCode(answer), 'upstream_unreachable');
    const [, completed] = await rig.events(closed.grantId, 2);
    assert.deepEqual(
      [completed.code, completed.status_code, completed.bytes_out],
      ['upstream_unreachable', null, 0],
    );
    const absent = await rig.grant({ host: 'does-not-exist.invalid' });
    assert.equal(
      refusalCode(await rig.call(absent.grantId, 'https://does-not-exist.invalid/')),
      'upstream_unreachable',
    );
  });
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
