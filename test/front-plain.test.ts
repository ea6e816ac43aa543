/** Connections of plain calls, and how they pass to node:http. */
import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallerResponse } from '../packages/server/src/front/caller.ts';
import { PlainConnections } from '../packages/server/src/front/plain-connection.ts';
import type { PlainRequest } from '../packages/server/src/front/plain-request.ts';
import type { PlainResponse } from '../packages/server/src/front/plain-response.ts';
import { until } from './egress-rig.ts';
import { openSocket, sendBytes, startPathRig, type PathRig } from './path-rig.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;
let grantId: string;

before(async () => {
  rig = await startPathRig();
  ({ grantId } = await rig.grant());
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

function callOf(name: string, { lines = '', body = '', grant = grantId } = {}): string {
  return (
    `POST /v1/proxy HTTP/1.1\r\nHost: vault\r\nAuthorization: Bearer ${rig.key}\r\nAlter-Grant: ${grant}\r\n` +
    `Alter-Url: ${rig.upstream.origin}/${name}\r\n${lines}\r\n${body}`
  );
}
const counted = (body: string): string => `Content-Length: ${body.length}\r\n`;
const heard = (): string[] => rig.upstream.requests.map(({ url, body }) => `${url} ${body.toString()}`);

test('calls, other requests and calls that are not plain follow each other on one connection, each answered once', async () => {
  const before = heard().length;
  const reply = await sendBytes(
    rig.port,
    callOf('one', { lines: counted('1'), body: '1' }) +
      callOf('two', { lines: counted('22'), body: '22' }) +
      'GET /healthz HTTP/1.1\r\nHost: vault\r\n\r\n' +
      callOf('three', { lines: 'Transfer-Encoding: chunked\r\n', body: '3\r\n333\r\n0\r\n\r\n' }) +
      callOf('four', { lines: counted('4444'), body: '4444' }),
    800,
  );
  assert.deepEqual(reply.statuses, [200, 200, 200, 200, 200], reply.text);
  assert.equal(reply.isClosed, false);
  assert.deepEqual(heard().slice(before), ['/one 1', '/two 22', '/three 333', '/four 4444']);
});

test('a body that comes in pieces is sent whole, and what comes behind it is the next request', async () => {
  const before = heard().length;
  const { socket, read } = openSocket(rig.port);
  socket.write(callOf('pieces', { lines: counted('abcdef'), body: 'ab' }));
  await sleep(60);
  assert.equal(heard().length, before, 'nothing is sent before the body is whole');
  socket.write('cd');
  await sleep(20);
  socket.write(`ef${callOf('behind')}`);
  await until(() => read().split('HTTP/1.1 200').length === 3);
  assert.deepEqual(heard().slice(before), ['/pieces abcdef', '/behind ']);
  socket.destroy();
});

test('after a refusal the rest of the body is no request, and the connection goes on', async () => {
  const before = heard().length;
  const { socket, read, isClosed } = openSocket(rig.port);
  const hidden = callOf('hidden');
  socket.write(callOf('no', { grant: crypto.randomUUID(), lines: `Content-Length: ${hidden.length}\r\n` }));
  await until(() => read().includes('HTTP/1.1 404'));
  socket.write(hidden.slice(0, 50));
  await sleep(20);
  socket.write(hidden.slice(50) + callOf('after'));
  await until(() => read().includes('HTTP/1.1 200'));
  assert.deepEqual(heard().slice(before), ['/after ']);
  assert.equal(isClosed(), false);
  socket.destroy();
});

test('a caller that goes before its body is whole ends the call, and one that stops sending gets no answer', async () => {
  const before = heard().length;
  const gone = openSocket(rig.port);
  gone.socket.write(callOf('gone', { lines: 'Content-Length: 9\r\n', body: 'abc' }));
  await sleep(30);
  gone.socket.destroy();
  const half = openSocket(rig.port);
  half.socket.end(callOf('half', { lines: 'Content-Length: 9\r\n', body: 'abc' }));
  await until(half.isClosed);
  assert.equal(half.read(), '');
  await sleep(50);
  assert.equal(heard().length, before);
});

test('what comes behind a call and is no request closes the connection before it is answered', async () => {
  let finish: (() => void) | undefined;
  rig.upstream.behave((_request, response) => (finish = () => void response.end('{}')));
  const { socket, read, isClosed } = openSocket(rig.port);
  socket.write(callOf('slow'));
  await until(() => finish !== undefined);
  socket.write('GARBAGE\r\n\r\n');
  await until(isClosed);
  assert.equal(read(), '');
  finish?.();
  rig.upstream.behave((_request, response) => void response.end('{}'));
});

interface Plain {
  readonly port: number;
  readonly connections: PlainConnections;
  readonly handedOver: Socket[];
  stop(): void;
}

/** Plain connections alone, with deadlines of their own. */
async function startPlain(
  serve: (request: PlainRequest, response: PlainResponse) => void,
  deadlines: { firstMs: number; keepAliveMs: number },
): Promise<Plain> {
  const handedOver: Socket[] = [];
  const connections = new PlainConnections(
    {
      isDoor: (_method, target) => target === '/',
      serve,
      handOver: (socket) => void handedOver.push(socket),
    },
    deadlines,
  );
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => connections.accept(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  return {
    port,
    connections,
    handedOver,
    stop: () => {
      connections.closeAll();
      for (const socket of handedOver) socket.destroy();
      server.close();
    },
  };
}

function answer(response: CallerResponse, body: string): void {
  response.writeHead(200, 'OK', []);
  response.end(body, 'latin1');
}
const REQUEST = 'POST / HTTP/1.1\r\nHost: vault\r\n\r\n';

test('a connection is closed when nothing comes at first, and when it was idle for longer than the caller was told', async () => {
  const plain = await startPlain((_request, response) => answer(response, 'hi'), {
    firstMs: 300,
    keepAliveMs: 1_000,
  });
  const silent = openSocket(plain.port);
  const idle = openSocket(plain.port);
  idle.socket.write(REQUEST);
  await until(() => idle.read().endsWith('hi'));
  assert.match(idle.read(), /\r\nConnection: keep-alive\r\nKeep-Alive: timeout=1\r\n/);
  await until(silent.isClosed);
  assert.equal(idle.isClosed(), false, 'a second is not over');
  await until(idle.isClosed);
  plain.stop();
});

test('a refused body that does not come keeps the connection for ten seconds at most', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const plain = await startPlain((_request, response) => answer(response, 'no'), {
    firstMs: 60_000,
    keepAliveMs: 60_000,
  });
  const { socket, read, isClosed } = openSocket(plain.port);
  socket.write('POST / HTTP/1.1\r\nHost: vault\r\nContent-Length: 5\r\n\r\nab');
  await until(() => read().endsWith('no'));
  const now = performance.now();
  const clock = t.mock.method(performance, 'now', () => now + 9_000);
  t.mock.timers.tick(1_000);
  await sleep(30);
  assert.equal(isClosed(), false);
  clock.mock.mockImplementation(() => now + 10_001);
  t.mock.timers.tick(1_000);
  await until(isClosed);
  plain.stop();
});

test('an answer is framed by its length where it is whole, in chunks where it is not, and not at all where it has no body', async () => {
  const plain = await startPlain(
    (request, response) => {
      const { method } = request;
      response.sendDate = false;
      if (method === 'HEAD') {
        response.writeHead(200, 'OK', ['Content-Length', '99']);
        response.end(Buffer.from('never sent'));
      } else if (method === 'DELETE') {
        response.writeHead(204, 'No Content', []);
        response.end();
      } else if (method === 'PUT') {
        response.writeHead(200, 'OK', []);
        response.write(Buffer.from('a'.repeat(20)));
        response.addTrailers([['X-T', 'u']]);
        response.end();
      } else if (method === 'PATCH') {
        response.writeHead(200, '', ['content-length', '4']);
        response.flushHeaders();
        response.write(Buffer.from('ab'));
        response.write(Buffer.from('cd'));
        response.end();
      } else answer(response, 'x'.repeat(10_000));
    },
    { firstMs: 10_000, keepAliveMs: 10_000 },
  );
  const { socket, read } = openSocket(plain.port);
  const kept = 'Connection: keep-alive\r\nKeep-Alive: timeout=10\r\n\r\n';
  let expected = '';
  for (const [method, text] of [
    ['HEAD', `HTTP/1.1 200 OK\r\nContent-Length: 99\r\n${kept}`],
    ['DELETE', `HTTP/1.1 204 No Content\r\n${kept}`],
    [
      'PUT',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${kept}14\r\n${'a'.repeat(20)}\r\n0\r\nX-T: u\r\n\r\n`,
    ],
    ['PATCH', `HTTP/1.1 200 \r\ncontent-length: 4\r\n${kept}abcd`],
    ['POST', `HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n${kept}${'x'.repeat(10_000)}`],
  ] as const) {
    socket.write(REQUEST.replace('POST', method));
    expected += text;
    await until(() => read().length >= expected.length);
    assert.equal(read(), expected);
  }
  socket.destroy();
  plain.stop();
});

test('R11: a header that would end its line is never sent', async () => {
  const caught: unknown[] = [];
  const plain = await startPlain(
    (_request, response) => {
      for (const bad of ['a\r\nSet-Cookie: b', 'a\nb', 'a\0']) {
        try {
          response.writeHead(200, 'OK', ['X', bad]);
        } catch (thrown) {
          caught.push(thrown);
        }
      }
      answer(response, 'ok');
    },
    { firstMs: 10_000, keepAliveMs: 10_000 },
  );
  const reply = await sendBytes(plain.port, REQUEST, 100);
  assert.equal(caught.length, 3);
  assert.doesNotMatch(reply.text, /Set-Cookie|X:/);
  plain.stop();
});

test('what was cut off takes nothing more, and is told once that it is over', async () => {
  let closed = 0;
  const plain = await startPlain(
    (_request, response) => {
      response.once('close', () => (closed += 1));
      response.writeHead(200, 'OK', []);
      response.write(Buffer.from('begun'));
      response.destroy();
      assert.equal(response.destroyed, true);
      assert.equal(response.write(Buffer.from('more')), true);
      response.end();
    },
    { firstMs: 10_000, keepAliveMs: 10_000 },
  );
  const reply = await sendBytes(plain.port, REQUEST, 200);
  assert.equal(reply.isClosed, true);
  assert.doesNotMatch(reply.text, /more|\r\n0\r\n/);
  assert.equal(closed, 1);
  plain.stop();
});

test('the next request waits until a caller that does not read has taken the answer', async () => {
  let served = 0;
  const plain = await startPlain(
    (_request, response) => {
      served += 1;
      response.writeHead(200, 'OK', []);
      response.end(Buffer.alloc(16 * 2 ** 20, 'a'));
    },
    { firstMs: 10_000, keepAliveMs: 10_000 },
  );
  const { socket, read } = openSocket(plain.port);
  socket.pause();
  socket.write(REQUEST);
  await until(() => served === 1);
  socket.write(REQUEST);
  await sleep(50);
  assert.equal(served, 1);
  socket.resume();
  await until(() => read().split('HTTP/1.1 200').length === 3 && read().length > 2 ** 25);
  assert.equal(served, 2);
  socket.destroy();
  plain.stop();
});
