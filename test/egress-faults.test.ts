import assert from 'node:assert/strict';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import {
  callOut,
  onRequest,
  refusedAs,
  requestTo,
  startEgress,
  startHttp,
  startRaw,
  until,
} from './egress-rig.ts';

async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a listening TCP server has one
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('F6: connection refused', async (t) => {
  const outcome = await callOut(startEgress(t), requestTo(`http://127.0.0.1:${await closedPort()}/`));
  refusedAs(outcome, 'upstream_unreachable', false);
  assert.doesNotMatch(outcome.refusal?.message ?? '', /127\.0\.0\.1|ECONN/);
});

test('F6: the next address is tried when one refuses, and a name without addresses that answer fails', async (t) => {
  const upstream = await startHttp(t, (_request, response) => response.end());
  const egress = startEgress(t, {
    lookup: async (host) => (host === 'two.test' ? ['127.0.0.9', '127.0.0.1'] : ['127.0.0.8', '127.0.0.9']),
  });
  assert.equal((await callOut(egress, requestTo(`http://two.test:${upstream.port}/`))).status, 200);
  refusedAs(
    await callOut(egress, requestTo(`http://none.test:${upstream.port}/`)),
    'upstream_unreachable',
    false,
  );
});

test('F6: a name that does not resolve', async (t) => {
  const egress = startEgress(t, {
    lookup: async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    },
  });
  refusedAs(await callOut(egress, requestTo('https://absent.test/')), 'upstream_unreachable', false);
});

test('F6: deadlines: resolution, TLS handshake, head, body and the whole, each within 500 ms of its time', async (t) => {
  const silent = await startRaw(t, (socket) => void socket.resume());
  const head = onRequest((socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'));
  const stalling = await startRaw(t, head.listener);
  const drip = onRequest((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const timer = setInterval(() => socket.write('x'), 50);
    socket.once('close', () => clearInterval(timer));
  });
  const dripping = await startRaw(t, drip.listener);
  const endless = onRequest((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write('x: y\r\n'), 50);
    socket.once('close', () => clearInterval(timer));
  });
  const endlessHead = await startRaw(t, endless.listener);
  const egress = startEgress(t, { lookup: () => new Promise(() => undefined) });
  const cases: [string, Parameters<typeof requestTo>[1], boolean][] = [
    ['http://hung.test:80/', { connectTimeoutMs: 200 }, false],
    [`https://127.0.0.1:${silent.port}/`, { connectTimeoutMs: 200 }, false],
    [`http://127.0.0.1:${silent.port}/`, { firstByteTimeoutMs: 200 }, true],
    [`http://127.0.0.1:${endlessHead.port}/`, { firstByteTimeoutMs: 200 }, true],
    [`http://127.0.0.1:${stalling.port}/`, { idleTimeoutMs: 200 }, true],
    [`http://127.0.0.1:${dripping.port}/`, { idleTimeoutMs: 200, totalTimeoutMs: 400 }, true],
  ];
  for (const [url, changes, sent] of cases) {
    const begun = performance.now();
    refusedAs(await callOut(egress, requestTo(url, changes)), 'upstream_timeout', sent);
    const limit = changes?.totalTimeoutMs ?? 200;
    const took = performance.now() - begun;
    assert.ok(took >= limit - 5 && took < limit + 500, `${url}: ${took} ms`);
  }
  await until(
    () =>
      silent.sockets.size + stalling.sockets.size + dripping.sockets.size + endlessHead.sockets.size === 0,
  );
});

test('F6: broken answers are errors, a truncated body is never complete, and nothing is sent twice (P6)', async (t) => {
  const reactions: Record<string, (socket: Socket) => void> = {
    'closed without an answer': (socket) => void socket.end(),
    'reset without an answer': (socket) => void socket.resetAndDestroy(),
    'reset within the head': (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\nX-', () => socket.resetAndDestroy()),
    'closed within the head': (socket) => void socket.end('HTTP/1.1 200 OK\r\nX-'),
    'no HTTP': (socket) => void socket.end('220 mail.example ESMTP\r\n'),
    'closed short of its length': (socket) =>
      void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
    'closed short of its length, close announced': (socket) =>
      void socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nabc'),
    'closed within chunks': (socket) =>
      void socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n'),
    'closed within chunks, close announced': (socket) =>
      void socket.end(
        'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n',
      ),
    'bad chunk': (socket) => void socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    'two lengths': (socket) =>
      void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc'),
    'length and chunks': (socket) =>
      void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    'reset within a body that ends with the connection': (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc', () =>
        setTimeout(() => socket.resetAndDestroy(), 50),
      ),
    'switching protocols unasked': (socket) =>
      void socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
  };
  const egress = startEgress(t);
  for (const [name, react] of Object.entries(reactions)) {
    const requests = onRequest(react);
    const upstream = await startRaw(t, requests.listener);
    for (const method of ['POST', 'GET']) {
      const outcome = await callOut(egress, requestTo(`http://127.0.0.1:${upstream.port}/`, { method }));
      assert.equal(
        outcome.refusal?.code,
        'upstream_unreachable',
        `${name}, ${method}: ${outcome.refusal?.code} ${outcome.status}`,
      );
      assert.equal(outcome.mayHaveBeenSent, true, name);
    }
    assert.equal(requests.count(), 2, name);
  }
});

test('F6 P6: a kept-alive connection that closes with the request on it is not retried; one found closed before is replaced', async (t) => {
  let count = 0;
  const requests = onRequest((socket) => {
    count += 1;
    if (count === 2) socket.destroy();
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  const upstream = await startRaw(t, requests.listener);
  const egress = startEgress(t);
  const post = requestTo(`http://127.0.0.1:${upstream.port}/`, { method: 'POST', body: Buffer.from('x') });
  assert.equal((await callOut(egress, post)).status, 200);
  refusedAs(await callOut(egress, post), 'upstream_unreachable', true);
  assert.equal(count, 2);
  assert.equal((await callOut(egress, post)).status, 200);
  for (const socket of upstream.sockets) socket.destroy();
  assert.equal(
    (await callOut(egress, post)).status,
    200,
    'the closed connection was seen before anything was written',
  );
  assert.equal(count, 4);
});

test('P4: the cap on answers: equal passes, one over is refused, before the head when announced', async (t) => {
  const upstream = await startHttp(t, (request, response) => {
    if (request.url === '/known') response.writeHead(200, { 'content-length': 1000 });
    response.write(Buffer.alloc(999));
    response.end('x');
  });
  const egress = startEgress(t);
  for (const path of ['known', 'chunked']) {
    const url = `http://127.0.0.1:${upstream.port}/${path}`;
    for (const maxResponseBytes of [1000, 1001])
      assert.equal((await callOut(egress, requestTo(url, { maxResponseBytes }))).body.length, 1000);
    const outcome = await callOut(egress, requestTo(url, { maxResponseBytes: 999 }));
    refusedAs(outcome, 'upstream_too_large', true);
    assert.equal(outcome.status, path === 'known' ? undefined : 200);
  }
});

test('P4: 60 KiB of answer headers pass, more than 64 KiB are upstream_too_large', async (t) => {
  const requests = onRequest(
    (socket) =>
      void socket.write(
        `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${`x: ${'y'.repeat(1000)}\r\n`.repeat(size)}\r\n`,
      ),
  );
  let size = 60;
  const upstream = await startRaw(t, requests.listener);
  const egress = startEgress(t);
  const request = requestTo(`http://127.0.0.1:${upstream.port}/`);
  assert.equal((await callOut(egress, request)).headers.length, 122);
  size = 70;
  refusedAs(await callOut(egress, request), 'upstream_too_large', true);
});

test('F6: an answer that comes before the body was sent is handed on', async (t) => {
  const requests = onRequest(
    (socket) => void socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'),
  );
  const upstream = await startRaw(t, requests.listener);
  const body = new PassThrough();
  body.write('first');
  const outcome = await callOut(
    startEgress(t),
    requestTo(`http://127.0.0.1:${upstream.port}/`, { method: 'POST', body, contentLength: 1000 }),
  );
  assert.equal(outcome.status, 413);
  assert.equal(outcome.body.toString(), 'no');
});

test('F6: a TLS handshake that is answered by something else, closed or reset', async (t) => {
  const plain = await startHttp(t, (_request, response) => response.end());
  const closing = await startRaw(t, (socket) => void socket.end());
  const resetting = await startRaw(t, (socket) => void socket.once('data', () => socket.resetAndDestroy()));
  const egress = startEgress(t);
  for (const { port } of [plain, closing, resetting]) {
    refusedAs(await callOut(egress, requestTo(`https://127.0.0.1:${port}/`)), 'upstream_unreachable', false);
  }
});
