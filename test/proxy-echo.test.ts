/** A secret that the upstream writes back reaches no caller, in any usual spelling, cut anywhere (P1, I5, I8). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRaw } from './egress-rig.ts';
import { headerValues, startPathRig, type PathRig, type RawAnswer } from './path-rig.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;

before(async () => {
  rig = await startPathRig();
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
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

  test('P1 I8: the log and the audit trail hold no token that was echoed', async () => {
    rig.upstream.behave((request, response) => void response.end(JSON.stringify(request.headers)));
    const { grantId, token } = await rig.grant();
    assertNoEcho(await rig.call(grantId, `${rig.upstream.origin}/`), token);
    assert.ok(!rig.vault.log().includes(token));
    const audit = JSON.stringify(await rig.vault.audit());
    assert.ok(!audit.includes(token));
  });
});
