import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../packages/server/src/refusal.ts';
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

async function* breakingBody(): AsyncGenerator<Buffer> {
  yield Buffer.from('abc');
  await sleep(20);
  throw new Refusal('payload_too_large');
}
test('a body that breaks, ends early or runs over never becomes a whole request', async (t) => {
  let completed = 0;
  const upstream = await startHttp(t, (request, response) => {
    request.on('error', () => undefined);
    request.resume().on('end', () => {
      completed += 1;
      response.end();
    });
  });
  const egress = startEgress(t);
  const url = `http://127.0.0.1:${upstream.port}/`;
  const post = { method: 'POST', contentLength: undefined };
  refusedAs(
    await callOut(egress, requestTo(url, { ...post, body: Readable.from(breakingBody()) })),
    'payload_too_large',
    true,
  );
  const early = await callOut(
    egress,
    requestTo(url, { ...post, body: Readable.from([Buffer.from('abc')]), contentLength: 10 }),
  );
  assert.ok(early.refusal);
  const over = await callOut(
    egress,
    requestTo(url, {
      ...post,
      body: Readable.from([Buffer.from('abc'), Buffer.from('defghijklmnop')]),
      contentLength: 5,
    }),
  );
  assert.ok(over.refusal);
  assert.equal(completed, 0);
  const dead = new PassThrough();
  dead.destroy(new Error('the caller went away'));
  refusedAs(await callOut(egress, requestTo(url, { ...post, body: dead })), 'upstream_unreachable', false);
  assert.equal(
    (await callOut(egress, requestTo(url, { ...post, body: Readable.from([]), contentLength: 0 }))).status,
    200,
  );
});

test('abort ends the call at any moment, once, and closes its connection', async (t) => {
  const upstream = await startHttp(t, (request, response) => {
    if (request.url === '/stream') response.write('x');
  });
  const egress = startEgress(t, { lookup: () => new Promise(() => undefined) });
  for (const [url, waitMs, sent] of [
    ['http://hung.test:80/', 0, false],
    ['http://hung.test:80/', 50, false],
    [`http://127.0.0.1:${upstream.port}/`, 50, true],
    [`http://127.0.0.1:${upstream.port}/stream`, 50, true],
  ] as const) {
    const errors: [Refusal, boolean][] = [];
    const call = egress.send(requestTo(url), {
      onHead: () => undefined,
      onData: () => true,
      onEnd: () => assert.fail(),
      onError: (refusal, info) => errors.push([refusal, info.mayHaveBeenSent]),
    });
    if (waitMs > 0) await sleep(waitMs);
    const reason = new Refusal('grant_revoked');
    call.abort(reason);
    call.abort();
    call.resume();
    await sleep(10);
    assert.deepEqual(errors, [[reason, sent]], url);
  }
  await until(() => upstream.sockets.size === 0);
});

test('close ends what is under way and refuses what comes later', async (t) => {
  const upstream = await startHttp(
    t,
    (request, response) => void (request.url === '/quick' && response.end()),
  );
  const egress = startEgress(t);
  assert.equal((await callOut(egress, requestTo(`http://127.0.0.1:${upstream.port}/quick`))).status, 200);
  const hanging = callOut(egress, requestTo(`http://127.0.0.1:${upstream.port}/`));
  await sleep(30);
  egress.close();
  refusedAs(await hanging, 'upstream_unreachable', true);
  refusedAs(await callOut(egress, requestTo(`http://127.0.0.1:${upstream.port}/`)), 'unavailable', false);
  await until(() => upstream.sockets.size === 0);
});

test('F9: a stalled reader stops the upstream, the idle deadline does not run meanwhile, and all bytes arrive', async (t) => {
  const total = 32 * 1024 * 1024;
  let written = 0;
  const upstream = await startHttp(t, (_request, response) => {
    const source = new Readable({
      read() {
        const piece = Math.min(65_536, total - written);
        written += piece;
        this.push(piece === 0 ? null : Buffer.alloc(piece, 7));
      },
    });
    source.pipe(response);
  });
  let received = 0;
  const ended = Promise.withResolvers<void>();
  const call = startEgress(t).send(
    requestTo(`http://127.0.0.1:${upstream.port}/`, { idleTimeoutMs: 1_000 }),
    {
      onHead: () => undefined,
      onData: (chunk) => {
        received += chunk.length;
        return received !== chunk.length;
      },
      onEnd: () => ended.resolve(),
      onError: ended.reject,
    },
  );
  await sleep(1_500);
  const [stalledAt, writtenAt] = [received, written];
  assert.ok(stalledAt <= 65_536, `${stalledAt} bytes came in one piece`);
  assert.ok(writtenAt < total / 2, `the upstream wrote ${writtenAt} into a stalled reader`);
  await sleep(100);
  assert.equal(received, stalledAt);
  call.resume();
  await ended.promise;
  assert.equal(received, total);
});

test('F9: a large upload is held back by a slow upstream', async (t) => {
  let pulled = 0;
  const upstream = await startRaw(t, (socket) => void socket.pause());
  const body = new Readable({
    read() {
      pulled += 65_536;
      this.push(Buffer.alloc(65_536));
    },
  });
  const pending = callOut(
    startEgress(t),
    requestTo(`http://127.0.0.1:${upstream.port}/`, { method: 'PUT', body, firstByteTimeoutMs: 400 }),
  );
  refusedAs(await pending, 'upstream_timeout', true);
  assert.ok(pulled < 64 * 1024 * 1024, `${pulled} bytes were pulled for an upstream that reads none`);
  assert.equal(body.destroyed, true);
});

test('F6: a caller whose upload is cut off by the upstream can still be answered on its own connection', async (t) => {
  const reactions: [string, number, (socket: Socket) => void][] = [
    [
      'early answer',
      413,
      (socket) => void socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
    ],
    ['reset', 502, (socket) => void socket.resetAndDestroy()],
    ['silence', 504, () => undefined],
  ];
  const egress = startEgress(t);
  for (const [name, expected, react] of reactions) {
    const upstream = await startRaw(t, onRequest(react).listener);
    const relay = await startHttp(t, (request, response) => {
      egress.send(
        requestTo(`http://127.0.0.1:${upstream.port}/`, {
          method: 'POST',
          body: request,
          firstByteTimeoutMs: 200,
        }),
        {
          onHead: (status) => response.writeHead(status),
          onData: (chunk) => response.write(chunk),
          onEnd: () => response.end(),
          onError: (refusal) => response.writeHead(refusal.status).end(),
        },
      );
    });
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(relay.port, '127.0.0.1', () =>
        socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc'),
      );
      socket.once('data', (chunk: Buffer) => {
        resolve(chunk.toString('latin1'));
        socket.destroy();
      });
      socket.once('error', reject).once('end', () => reject(new Error(`${name}: closed without an answer`)));
    });
    assert.ok(answer.startsWith(`HTTP/1.1 ${expected} `), `${name}: ${answer}`);
  }
});
