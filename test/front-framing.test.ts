/** What is not exactly one HTTP/1.1 request is refused at the front and its connection closed (R11). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSocket, sendBytes, startPathRig, type PathRig } from './path-rig.ts';
import { until } from './egress-rig.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;
let grantId: string;
let host: string;

before(async () => {
  rig = await startPathRig();
  ({ grantId } = await rig.grant());
  host = `127.0.0.1:${rig.port}`;
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

interface Parts {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** In place of the Host line. */
  readonly hostLines?: string;
  readonly lines?: string;
  readonly body?: string;
}

/** A call that would be good, but for what the test changes. */
function bytesOf(parts: Parts = {}): string {
  const { method = 'POST', target = '/v1/proxy', version = 'HTTP/1.1', lines = '', body = '' } = parts;
  return (
    `${method} ${target} ${version}\r\n${parts.hostLines ?? `Host: ${host}\r\n`}` +
    `Authorization: Bearer ${rig.key}\r\nAlter-Grant: ${grantId}\r\nAlter-Url: ${rig.upstream.origin}/x\r\n` +
    `${lines}\r\n${body}`
  );
}

/** What a smuggler hides behind the first request: a whole good call. */
const hidden = (): string => bytesOf({ target: '/v1/proxy', lines: 'Content-Length: 0\r\n' });

test('the good call that the others are changed from is carried', async () => {
  const sent = rig.upstream.requests.length;
  const reply = await sendBytes(rig.port, bytesOf({ lines: 'Content-Length: 2\r\n', body: 'hi' }));
  assert.deepEqual(reply.statuses, [200]);
  assert.equal(reply.isClosed, false);
  assert.equal(rig.upstream.requests.length, sent + 1);
});

const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const LAST = '0\r\n\r\n';

const BAD: readonly [name: string, parts: () => Parts][] = [
  ['Content-Length and Transfer-Encoding', () => ({ lines: `Content-Length: 6\r\n${CHUNKED}`, body: LAST })],
  ['Transfer-Encoding and Content-Length', () => ({ lines: `${CHUNKED}Content-Length: 6\r\n`, body: LAST })],
  ['two Content-Length', () => ({ lines: 'Content-Length: 0\r\nContent-Length: 2\r\n', body: 'hi' })],
  ['two equal Content-Length', () => ({ lines: 'Content-Length: 2\r\nContent-Length: 2\r\n', body: 'hi' })],
  ['a list as Content-Length', () => ({ lines: 'Content-Length: 2, 2\r\n', body: 'hi' })],
  ['Content-Length: +2', () => ({ lines: 'Content-Length: +2\r\n', body: 'hi' })],
  ['Content-Length: 0x2', () => ({ lines: 'Content-Length: 0x2\r\n', body: 'hi' })],
  ['Content-Length: -1', () => ({ lines: 'Content-Length: -1\r\n', body: 'hi' })],
  ['an empty Content-Length', () => ({ lines: 'Content-Length: \r\n', body: 'hi' })],
  [
    'Content-Length beyond 64 bits',
    () => ({ lines: 'Content-Length: 18446744073709551618\r\n', body: 'hi' }),
  ],
  ['a space before the colon', () => ({ lines: 'Content-Length : 2\r\n', body: 'hi' })],
  ['TE: gzip, chunked', () => ({ lines: 'Transfer-Encoding: gzip, chunked\r\n', body: LAST })],
  ['TE: chunked, identity', () => ({ lines: 'Transfer-Encoding: chunked, identity\r\n', body: LAST })],
  ['TE: identity', () => ({ lines: 'Transfer-Encoding: identity\r\n', body: LAST })],
  ['TE: xchunked', () => ({ lines: 'Transfer-Encoding: xchunked\r\n', body: LAST })],
  ['TE twice', () => ({ lines: CHUNKED + CHUNKED, body: LAST })],
  ['TE in two parts', () => ({ lines: `${CHUNKED}Transfer-Encoding: identity\r\n`, body: LAST })],
  ['TE with a vertical tab', () => ({ lines: 'Transfer-Encoding: \x0bchunked\r\n', body: LAST })],
  ['TE over HTTP/1.0', () => ({ version: 'HTTP/1.0', lines: CHUNKED, body: LAST })],
  ['a chunk size with a plus', () => ({ lines: CHUNKED, body: `+2\r\nhi\r\n${LAST}` })],
  ['a chunk size with 0x', () => ({ lines: CHUNKED, body: `0x2\r\nhi\r\n${LAST}` })],
  ['a chunk that is longer than it says', () => ({ lines: CHUNKED, body: `1\r\nhi\r\n${LAST}` })],
  ['a chunk size that overflows', () => ({ lines: CHUNKED, body: `10000000000000002\r\nhi\r\n${LAST}` })],
  ['a chunk line that ends in LF', () => ({ lines: CHUNKED, body: `2\nhi\r\n${LAST}` })],
  ['a line that ends in LF', () => ({ lines: 'X-A: 1\nX-B: 2\r\n' })],
  ['a bare CR in a value', () => ({ lines: 'X-A: 1\rX-B: 2\r\n' })],
  ['a NUL in a value', () => ({ lines: 'X-A: 1\0\r\n' })],
  ['a folded line', () => ({ lines: 'X-A: 1\r\n folded\r\n' })],
  ['a folded Transfer-Encoding', () => ({ lines: 'Transfer-Encoding:\r\n chunked\r\n', body: LAST })],
  ['a header without a name', () => ({ lines: ': 1\r\n' })],
  ['a header without a colon', () => ({ lines: 'X-A\r\n' })],
  ['a name with a space', () => ({ lines: 'X A: 1\r\n' })],
  ['two Host', () => ({ hostLines: `Host: ${host}\r\nHost: evil.example\r\n` })],
  ['two equal Host', () => ({ hostLines: `Host: ${host}\r\nHost: ${host}\r\n` })],
  ['no Host', () => ({ hostLines: '' })],
  ['an empty Host', () => ({ hostLines: 'Host: \r\n' })],
  ['a Host with user info', () => ({ hostLines: 'Host: x@a\r\n' })],
  ['a Host with a path', () => ({ hostLines: 'Host: a/b\r\n' })],
  ['a Host with a comma', () => ({ hostLines: 'Host: a, b\r\n' })],
  ['absolute-form with another host', () => ({ target: 'http://evil.example/v1/proxy' })],
  ['absolute-form', () => ({ target: `http://${host}/v1/proxy` })],
  ['a target that begins with //', () => ({ target: '//v1/proxy' })],
  ['a target that begins with /\\', () => ({ target: '/\\v1/proxy' })],
  ['a target with a fragment', () => ({ target: '/v1/proxy#x' })],
  ['a target with a space', () => ({ target: '/v1/pro xy' })],
  ['a target without a slash', () => ({ target: 'v1/proxy' })],
  ['a target in authority-form', () => ({ target: host })],
  ['HTTP/2.0 as text', () => ({ version: 'HTTP/2.0' })],
  ['HTTP/1.2', () => ({ version: 'HTTP/1.2' })],
  ['http/1.1 in lower case', () => ({ version: 'http/1.1' })],
  ['two Authorization', () => ({ lines: 'Authorization: Bearer x\r\n' })],
  ['two equal Authorization', () => ({ lines: `Authorization: Bearer ${rig.key}\r\n` })],
  ['a __proto__ header', () => ({ lines: '__proto__: 1\r\n' })],
  ['GET with a body', () => ({ method: 'GET', lines: 'Content-Length: 2\r\n', body: 'hi' })],
  ['GET with a chunked body', () => ({ method: 'GET', lines: CHUNKED, body: `2\r\nhi\r\n${LAST}` })],
  ['HEAD with a body', () => ({ method: 'HEAD', lines: 'Content-Length: 2\r\n', body: 'hi' })],
  ['TRACE', () => ({ method: 'TRACE' })],
  ['CONNECT', () => ({ method: 'CONNECT' })],
  ['CONNECT in authority-form', () => ({ method: 'CONNECT', target: 'evil.example:443' })],
  ['a method in lower case', () => ({ method: 'get' })],
  ['a method that is none', () => ({ method: 'FOO' })],
  ['an Expect that is not known', () => ({ lines: 'Expect: 200-ok\r\n' })],
];

for (const [name, parts] of BAD) {
  test(`R11: ${name} is refused with 400, nothing is sent, and what follows on the connection is not read`, async () => {
    const sent = rig.upstream.requests.length;
    const reply = await sendBytes(rig.port, bytesOf(parts()) + hidden(), 1500);
    assert.deepEqual(reply.statuses, [400], reply.text);
    assert.equal(reply.isClosed, true, 'the connection is closed');
    assert.match(reply.text, /\r\nAlter-Error: invalid_request\r\n/);
    assert.match(reply.text, /\r\nAlter-Request-Id: [0-9a-f-]{36}\r\n/);
    await sleep(20);
    assert.equal(rig.upstream.requests.length, sent, 'nothing went upstream');
  });
}

test('R11: HTTP/0.9 is refused', async () => {
  for (const line of ['GET /v1/proxy\r\n\r\n', 'GET /\r\n\r\n', 'GET /healthz HTTP/0.9\r\n\r\n']) {
    const reply = await sendBytes(rig.port, line, 1500);
    assert.equal(reply.isClosed, true);
    assert.deepEqual(reply.statuses, [400], reply.text);
  }
});

test('R11: the control plane has the same front', async () => {
  const lines = ['Host: a\r\nHost: b\r\n', `Host: ${host}\r\nTransfer-Encoding: gzip, chunked\r\n`];
  for (const line of lines) {
    const reply = await sendBytes(
      rig.port,
      `POST /v1/apps HTTP/1.1\r\n${line}\r\n0\r\n\r\n${hidden()}`,
      1500,
    );
    assert.deepEqual(reply.statuses, [400], reply.text);
    assert.equal(reply.isClosed, true);
  }
});

test('R11: trailers carrying Authorization neither authenticate nor reach the upstream', async () => {
  const sent = rig.upstream.requests.length;
  const trailers = `X-T: 1\r\nAuthorization: Bearer ${rig.key}\r\nAlter-Reason: x\r\nHost: evil\r\n`;
  const good = bytesOf({ lines: CHUNKED, body: `2\r\nhi\r\n0\r\n${trailers}\r\n` });
  const reply = await sendBytes(rig.port, good);
  assert.deepEqual(reply.statuses, [200]);
  assert.equal(rig.upstream.requests.length, sent + 1);
  assert.equal(rig.upstream.requests.at(-1)?.body.toString(), 'hi');
  const without = good.replace(`Authorization: Bearer ${rig.key}\r\nAlter-Grant`, 'Alter-Grant');
  const refused = await sendBytes(rig.port, without);
  assert.deepEqual(refused.statuses, [401]);
  assert.equal(rig.upstream.requests.length, sent + 1);
});

test('R11: requests that were sent at once are answered in their order', async () => {
  const call = (n: number): string =>
    bytesOf({ lines: 'Content-Length: 1\r\n', body: String(n) }).replace('/x\r\n', `/pipelined/${n}\r\n`);
  const reply = await sendBytes(rig.port, [1, 2, 3, 4].map(call).join(''), 800);
  assert.deepEqual(reply.statuses, [200, 200, 200, 200]);
  const urls = [...reply.text.matchAll(/"url":"([^"]+)","body":"(\d)"/g)].map(([, url, body]) => [url, body]);
  assert.deepEqual(
    urls,
    ['1', '2', '3', '4'].map((n) => [`/pipelined/${n}`, n]),
  );
});

test('R11: garbage behind a call that is being answered closes the connection without a word in its answer', async () => {
  rig.upstream.behave((_request, response) => {
    response.writeHead(200, { 'Content-Length': 100_000 });
    response.write('a'.repeat(70_000));
  });
  const client = openSocket(rig.port);
  client.socket.write(bytesOf());
  await until(() => client.read().length > 70_000);
  client.socket.write('GARBAGE\r\n\r\n');
  await until(client.isClosed);
  assert.equal(client.read().split('HTTP/1.1 ').length, 2, 'one answer and no other');
  rig.upstream.behave((_request, response) => void response.end('{}'));
});

test('a connection is kept alive after a refusal without a body, and closed when the body was not read', async () => {
  const none = bytesOf().replace(grantId, '00000000-0000-4000-8000-000000000000');
  const kept = await sendBytes(rig.port, none + none, 800);
  assert.deepEqual(kept.statuses, [404, 404]);
  assert.equal(kept.isClosed, false);
  const unread = none.replace('\r\n\r\n', '\r\nContent-Length: 5000000\r\n\r\nabc');
  const closed = await sendBytes(rig.port, unread, 3000);
  assert.deepEqual(closed.statuses, [404]);
  assert.equal(closed.isClosed, true);
});

test('Connection: close by the client is honoured, and HTTP/1.0 is answered without chunks', async () => {
  const closed = await sendBytes(rig.port, bytesOf({ lines: 'Connection: close\r\n' }), 3000);
  assert.equal(closed.isClosed, true);
  assert.deepEqual(closed.statuses, [200]);
  rig.upstream.behave((_request, response) => {
    response.write('a'.repeat(100_000));
    setTimeout(() => response.end('the end'), 30);
  });
  const old = await sendBytes(rig.port, bytesOf({ version: 'HTTP/1.0' }), 3000);
  assert.equal(old.isClosed, true);
  assert.doesNotMatch(old.text, /chunked/i);
  assert.ok(old.text.endsWith('athe end'));
  rig.upstream.behave((_request, response) => void response.end('{}'));
});

test('a header section over the limit is payload_too_large, and a query on a door is refused', async () => {
  const big = await sendBytes(rig.port, bytesOf({ lines: `X-A: ${'a'.repeat(40_000)}\r\n` }), 1500);
  assert.deepEqual(big.statuses, [413]);
  assert.match(big.text, /Alter-Error: payload_too_large/);
  assert.equal(big.isClosed, true);
  const query = await sendBytes(rig.port, bytesOf({ target: '/v1/proxy?url=x' }), 1500);
  assert.deepEqual(query.statuses, [400]);
});

test('OPTIONS * and other targets of the front are answered without harm', async () => {
  const reply = await sendBytes(rig.port, `OPTIONS * HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 1000);
  assert.deepEqual(reply.statuses, [400]);
});
