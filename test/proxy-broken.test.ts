/** Upstreams that fail: a typed code, one outcome, no retry, and nothing cut off that looks complete (P6, P4). */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { rawUpstream, refusalCode, startPathRig, type PathRig } from './path-rig.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;

before(async () => {
  rig = await startPathRig();
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
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
      const raw = await rawUpstream(rig, t, pieces, then);
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
      const raw = await rawUpstream(rig, t, pieces, then);
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
      rig,
      t,
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r\nhello\r\n'],
      (socket) => void setTimeout(() => socket.resetAndDestroy(), 50),
    );
    const lines = rig
      .alter(raw.grantId, raw.url)
      .reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '');
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
