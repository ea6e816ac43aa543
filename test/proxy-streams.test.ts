/** Streams in both directions: promptness, back-pressure, aborts, and answers that come before the body was sent. */
import assert from 'node:assert/strict';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './egress-rig.ts';
import { openSocket, refusalCode, send, startPathRig, type PathRig, type RawCall } from './path-rig.ts';
import { stopPostgres } from './vault.ts';

const MIB = 1024 * 1024;
let rig: PathRig;

before(async () => {
  rig = await startPathRig();
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

/** An upstream that sees the request before its body. */
async function upstreamOf(
  t: TestContext,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  server: Server = createServer(),
): Promise<{ grantId: string; url: string }> {
  server.on('request', listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const made = await rig.grant({ host: `127.0.0.1:${port}` });
  return { grantId: made.grantId, url: `http://127.0.0.1:${port}/` };
}

function* pieces(count: number, bytes: number): Generator<Buffer> {
  for (let i = 0; i < count; i += 1) yield Buffer.alloc(bytes, i & 0xff);
}

test('events of a stream arrive one by one, as soon as they are sent', async (t) => {
  let next: (() => void) | undefined;
  const made = await upstreamOf(t, (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    let n = 0;
    next = () => (n === 5 ? response.end() : response.write(`data: ${(n += 1)}\n\n`));
  });
  const seen: string[] = [];
  let hasHead = false;
  const answer = rig.call(made.grantId, made.url, {
    onAnswer: () => (hasHead = true),
    onData: (chunk) => seen.push(chunk.toString()),
  });
  await until(() => hasHead);
  for (let n = 1; n <= 5; n += 1) {
    next?.();
    await until(() => seen.length === n);
    assert.equal(seen[n - 1], `data: ${n}\n\n`);
  }
  next?.();
  assert.equal((await answer).isComplete, true);
});

test('an upload streams while the answer already comes back', async (t) => {
  const made = await upstreamOf(t, (request, response) => {
    response.writeHead(200);
    response.flushHeaders();
    request.on('data', (chunk: Buffer) => response.write(chunk.toString().toUpperCase()));
    request.on('end', () => response.end('.'));
  });
  const body = new Readable({ read: () => undefined });
  const seen: string[] = [];
  const answer = rig.call(made.grantId, made.url, {
    method: 'POST',
    body,
    onData: (chunk) => seen.push(chunk.toString()),
  });
  for (const word of ['a\n', 'b\n', 'c\n']) {
    body.push(word);
    await until(() => seen.join('').endsWith(word.toUpperCase()));
  }
  body.push(null);
  assert.equal((await answer).text, 'A\nB\nC\n.');
});

test('F9: a reader that stalls holds the upstream back, and then gets every byte', async (t) => {
  let sent = 0;
  const made = await upstreamOf(t, (_request, response) => {
    response.writeHead(200, { 'Content-Length': 200 * MIB });
    const source = pieces(200, MIB);
    const more = (): void => {
      for (;;) {
        const { value, done } = source.next();
        if (done === true) return void response.end();
        sent += MIB;
        if (!response.write(value)) return void response.once('drain', more);
      }
    };
    more();
  });
  let stalled: IncomingMessage | undefined;
  let bytes = 0;
  const call: RawCall = { headers: rig.alter(made.grantId, made.url) };
  const request = httpRequest(
    { port: rig.port, path: '/v1/proxy', headers: ['Host', 'a', ...(call.headers ?? [])] },
    (answer) => {
      answer.pause();
      stalled = answer;
    },
  );
  request.end();
  await until(() => stalled !== undefined);
  await sleep(500);
  const atStall = sent;
  assert.ok(atStall < 40 * MIB, `${atStall / MIB} MiB went into buffers`);
  await sleep(300);
  assert.equal(sent, atStall, 'nothing moves while nobody reads');
  const memory = process.memoryUsage().rss;
  stalled?.on('data', (chunk: Buffer) => (bytes += chunk.length));
  stalled?.resume();
  await new Promise((resolve) => stalled?.once('close', resolve));
  assert.equal(bytes, 200 * MIB);
  assert.ok(process.memoryUsage().rss - memory < 150 * MIB);
});

test('F9: an upstream that does not read holds the caller back', async (t) => {
  let go: (() => void) | undefined;
  let received = 0;
  const made = await upstreamOf(t, (request, response) => {
    go = () =>
      request.on('data', (chunk: Buffer) => (received += chunk.length)).on('end', () => response.end('ok'));
  });
  let taken = 0;
  const source = pieces(100, MIB);
  const body = new Readable({
    highWaterMark: MIB,
    read(): void {
      const { value, done } = source.next();
      taken += done === true ? 0 : MIB;
      this.push(done === true ? null : value);
    },
  });
  const answer = rig.call(made.grantId, made.url, { method: 'PUT', body });
  await until(() => go !== undefined);
  await sleep(500);
  assert.ok(taken < 40 * MIB, `${taken / MIB} MiB were taken`);
  go?.();
  assert.equal((await answer).text, 'ok');
  assert.equal(received, 100 * MIB);
  const [, completed] = await rig.events(made.grantId, 2);
  assert.deepEqual([completed.bytes_in, completed.bytes_out], [100 * MIB, 2]);
});

test('Expect: 100-continue is granted once the call may go on, and not when it is refused', async () => {
  const { grantId } = await rig.grant();
  for (const body of ['small', 'x'.repeat(100_000)]) {
    const granted = await rig.call(grantId, `${rig.upstream.origin}/`, {
      method: 'POST',
      body,
      expectsContinue: true,
    });
    assert.deepEqual([granted.status, granted.isContinued], [200, true]);
    assert.equal(rig.upstream.requests.at(-1)?.body.length, body.length);
    assert.equal(rig.upstream.requests.at(-1)?.headers.expect, undefined);
  }
  const refused = await rig.call(grantId, 'https://other.example/', {
    method: 'POST',
    body: 'x',
    expectsContinue: true,
  });
  assert.deepEqual([refusalCode(refused), refused.isContinued], ['host_not_allowed', false]);
  const nobody = await send(rig.port, { method: 'POST', body: 'x', expectsContinue: true });
  assert.deepEqual([refusalCode(nobody), nobody.isContinued], ['unauthenticated', false]);
});

test('a refusal is read by a client that is in the middle of a large upload', async () => {
  const { grantId } = await rig.grant();
  for (const size of [5 * MIB, 40 * MIB]) {
    const answer = await rig.call(grantId, 'https://other.example/', {
      method: 'POST',
      body: Readable.from(pieces(size / MIB, MIB)),
    });
    assert.equal(refusalCode(answer), 'host_not_allowed');
  }
});

test('an answer that comes before the body was read is handed on, and the upload ends', async (t) => {
  const made = await upstreamOf(t, (_request, response) => {
    response.writeHead(413, { 'Content-Length': 7 });
    response.end('too big');
  });
  const answer = await rig.call(made.grantId, made.url, {
    method: 'POST',
    body: Readable.from(pieces(20, MIB)),
  });
  assert.deepEqual([answer.status, answer.text], [413, 'too big']);
  const [, completed] = await rig.events(made.grantId, 2);
  assert.equal(completed.status_code, 413);
});

test('P6: an upstream that breaks within the upload gives a typed error that the client can read', async (t) => {
  const made = await upstreamOf(t, (request) => {
    request.once('data', () => request.socket.resetAndDestroy());
  });
  const answer = await rig.call(made.grantId, made.url, {
    method: 'POST',
    body: Readable.from(pieces(20, MIB)),
  });
  assert.equal(refusalCode(answer), 'upstream_unreachable');
  const [, completed] = await rig.events(made.grantId, 2);
  assert.deepEqual([completed.code, completed.status_code], ['upstream_unreachable', null]);
});

test('a client that goes away closes the upstream, and the outcome is flagged, wherever the call was', async (t) => {
  const stages: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    'before the head': () => undefined,
    'within the answer': (_request, response) => void response.write('x'.repeat(100)),
    'within a small answer': (_request, response) =>
      void response.writeHead(200, { 'Content-Length': 100 }).write('x'),
  };
  for (const [stage, listener] of Object.entries(stages)) {
    let isClosed = false;
    let isThere = false;
    const made = await upstreamOf(t, (request, response) => {
      isThere = true;
      request.socket.on('close', () => (isClosed = true));
      listener(request, response);
    });
    const request = httpRequest({
      port: rig.port,
      path: '/v1/proxy',
      headers: ['Host', 'a', ...rig.alter(made.grantId, made.url)],
    });
    request.on('error', () => undefined);
    request.end();
    await until(() => isThere);
    await sleep(30);
    request.destroy();
    await until(() => isClosed);
    const [, completed] = await rig.events(made.grantId, 2);
    assert.ok(completed.flags.includes('client_aborted'), stage);
    assert.equal(completed.code, null);
  }
});

test('a client that goes away within its upload leaves the upstream without a whole request', async (t) => {
  for (const head of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
    let end = '';
    let isThere = false;
    const made = await upstreamOf(t, (request) => {
      isThere = true;
      request.on('end', () => (end = 'end'));
      request.on('error', () => (end ||= 'error'));
      request.on('close', () => (end ||= 'close'));
      request.resume();
    });
    const lines = rig
      .alter(made.grantId, made.url)
      .reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '');
    const client = openSocket(rig.port);
    client.socket.write(
      `POST /v1/proxy HTTP/1.1\r\nHost: a\r\n${lines}${head}\r\n\r\n${head.startsWith('T') ? '5\r\nhello\r\n' : 'hello'}`,
    );
    await until(() => isThere);
    client.socket.destroy();
    await until(() => end !== '');
    assert.equal(end, 'error', 'the request broke');
    const [, completed] = await rig.events(made.grantId, 2);
    assert.deepEqual([completed.flags, completed.code], [['client_aborted'], null], head);
  }
});

test('a small body that does not arrive whole is not sent, and ends with the connection of its client', async () => {
  const { grantId } = await rig.grant();
  const sent = rig.upstream.requests.length;
  const lines = rig
    .alter(grantId, `${rig.upstream.origin}/`)
    .reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '');
  const client = openSocket(rig.port);
  client.socket.write(`POST /v1/proxy HTTP/1.1\r\nHost: a\r\n${lines}Content-Length: 10\r\n\r\nabc`);
  await sleep(100);
  client.socket.destroy();
  const [, completed] = await rig.events(grantId, 2);
  assert.deepEqual(completed.flags, ['client_aborted']);
  assert.equal(rig.upstream.requests.length, sent);
});

test('Alter-Timeout-Ms ends a call that takes longer, before and within the answer', async (t) => {
  const silent = await upstreamOf(t, () => undefined);
  const before = await rig.call(silent.grantId, silent.url, { headers: ['Alter-Timeout-Ms', '100'] });
  assert.deepEqual([before.status, refusalCode(before)], [504, 'upstream_timeout']);
  const dripping = await upstreamOf(t, (_request, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  const within = await rig.call(dripping.grantId, dripping.url, { headers: ['Alter-Timeout-Ms', '200'] });
  assert.deepEqual([within.status, within.isComplete], [200, false]);
});
