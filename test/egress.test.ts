import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { callOut, refusedAs, requestTo, startEgress, startHttp, startRaw } from './egress-rig.ts';

test('a request goes out and its answer comes back byte for byte, with order and duplicates of headers', async (t) => {
  const upstream = await startHttp(t, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(201, 'Made', [
        'X-A',
        '1',
        'x-b',
        'é',
        'X-A',
        '2',
        'Content-Encoding',
        'gzip',
        'Trailer',
        'X-T',
      ]);
      response.write(gzipSync(Buffer.concat(chunks)));
      response.addTrailers({ 'X-T': 'end' });
      response.end();
    });
  });
  const body = Buffer.from('{"big":12345678901234567890}');
  const outcome = await callOut(
    startEgress(t),
    requestTo(`http://127.0.0.1:${upstream.port}/p?q=1`, {
      method: 'POST',
      body,
      contentLength: body.length,
    }),
  );
  assert.equal(outcome.status, 201);
  assert.deepEqual(outcome.headers.slice(0, 8), [
    'X-A',
    '1',
    'x-b',
    'é',
    'X-A',
    '2',
    'Content-Encoding',
    'gzip',
  ]);
  assert.deepEqual(outcome.body, gzipSync(body), 'not decoded (lesson 14, P2)');
  assert.deepEqual(outcome.trailers, ['X-T', 'end']);
});

test('R4 R12: Host and framing are made here, whatever headers were given', async (t) => {
  const seen: string[][] = [];
  const upstream = await startHttp(t, (request, response) => {
    seen.push(request.rawHeaders);
    request.resume().on('end', () => response.end());
  });
  const egress = startEgress(t);
  const headers = [
    'Host',
    'evil.example',
    'host',
    'evil2',
    'Content-Length',
    '3',
    'Transfer-Encoding',
    'chunked',
    'Connection',
    'close, x-keep',
    'Expect',
    '100-continue',
    'TE',
    'trailers',
    'Upgrade',
    'h2c',
    'X-Keep',
    'yes',
    'X-Keep',
    'again',
  ];
  const url = `http://127.0.0.1:${upstream.port}/`;
  await callOut(egress, requestTo(url, { method: 'POST', headers, body: Buffer.from('hello') }));
  await callOut(
    egress,
    requestTo(url, {
      method: 'POST',
      headers,
      body: Readable.from([Buffer.from('he'), Buffer.from('llo')]),
      contentLength: 5,
    }),
  );
  await callOut(
    egress,
    requestTo(url, { method: 'POST', headers, body: Readable.from([Buffer.from('hello')]) }),
  );
  await callOut(egress, requestTo(url, { headers }));
  const host = `127.0.0.1:${upstream.port}`;
  const kept = ['X-Keep', 'yes', 'X-Keep', 'again'];
  const made = ['host', host, 'connection', 'keep-alive', ...kept];
  assert.deepEqual(seen, [
    [...made, 'content-length', '5'],
    [...made, 'content-length', '5'],
    [...made, 'transfer-encoding', 'chunked'],
    made,
  ]);
});

test('R5 R6 R9: what is no origin-form path, header or method is never sent', async (t) => {
  const upstream = await startHttp(t, (_request, response) => response.end());
  const egress = startEgress(t);
  const url = `http://127.0.0.1:${upstream.port}/`;
  for (const changes of [
    { path: 'http://evil/x' },
    { path: '//evil/x' },
    { path: 'x' },
    { path: '' },
    { path: '/a b' },
    { path: '/a\r\nx: y' },
    { path: '/é' },
    { path: '*' },
    { headers: ['X-A', 'a\r\nX-B: c'] },
    { headers: ['X-A', 'a\nb'] },
    { headers: ['X-A', 'a\0'] },
    { headers: ['X-A', '\x01'] },
    { headers: ['X-A', '\x7f'] },
    { headers: ['X-A', '\u010a'] },
    { headers: ['X-A', '\u0100'] },
    { headers: ['X A', 'a'] },
    { headers: ['X-A\r\n', 'a'] },
    { headers: ['', 'a'] },
    { method: 'CONNECT' },
    { method: 'TRACE' },
    { method: 'GET ' },
    { method: '' },
    { method: 'GET\r\n' },
  ])
    refusedAs(await callOut(egress, requestTo(url, changes)), 'invalid_request', false);
  assert.equal(upstream.connections, 0);
  const key = await callOut(egress, requestTo(url, { path: '//x/a/../b', allowEmptySegments: true }));
  assert.equal(key.status, 200, 'S3 keys pass when asked for');
});

test('R1: a redirect is an answer, never followed', async (t) => {
  const other = await startHttp(t, (_request, response) => response.end('other'));
  const upstream = await startHttp(t, (request, response) =>
    response.writeHead(Number(request.url?.slice(1)), { location: `http://127.0.0.1:${other.port}/` }).end(),
  );
  const egress = startEgress(t);
  for (const status of [301, 302, 303, 307, 308]) {
    const outcome = await callOut(
      egress,
      requestTo(`http://127.0.0.1:${upstream.port}/${status}`, { headers: ['X-API-Key', 'k'] }),
    );
    assert.equal(outcome.status, status);
  }
  assert.equal(other.connections, 0);
});

test('HEAD, 204, 304 and interim answers', async (t) => {
  const upstream = await startHttp(t, (request, response) => {
    if (request.url === '/hints') response.writeEarlyHints({ link: '</a>; rel=preload' });
    const status = Number(request.url?.slice(1)) || 200;
    response.writeHead(status, request.method === 'HEAD' ? { 'content-length': 1_000_000 } : {});
    response.end();
  });
  const egress = startEgress(t);
  const url = `http://127.0.0.1:${upstream.port}`;
  assert.equal(
    (await callOut(egress, requestTo(`${url}/x`, { method: 'HEAD', maxResponseBytes: 10 }))).status,
    200,
  );
  for (const status of [204, 304])
    assert.equal((await callOut(egress, requestTo(`${url}/${status}`))).status, status);
  assert.equal((await callOut(egress, requestTo(`${url}/hints`))).status, 200);
});

test('S1 S4 S7: address literals are judged by the connector itself, before any SYN', async (t) => {
  const upstream = await startHttp(t, (_request, response) => response.end());
  const strict = startEgress(t, { allow: [] });
  for (const host of [
    '127.0.0.1',
    '[::1]',
    '[::7f00:1]',
    '[::ffff:7f00:1]',
    '[::ffff:0:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::1]',
    '10.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '168.63.129.16',
    '[100:0:0:1::1]',
    '[fe80::1]',
  ]) {
    for (const scheme of ['http', 'https'])
      refusedAs(
        await callOut(strict, requestTo(`${scheme}://${host}:${upstream.port}/`)),
        'egress_denied',
        false,
      );
  }
  assert.equal(upstream.connections, 0);
  const outcome = await callOut(startEgress(t), requestTo(`http://127.0.0.1:${upstream.port}/`));
  assert.equal(outcome.status, 200, 'negative control: allowed, the same literal is dialled');
});

test('S2: metadata addresses and names stay refused inside ALTER_EGRESS_ALLOW, pinned or not', async (t) => {
  const upstream = await startHttp(t, (_request, response) => response.end());
  const pin = { address: '127.0.0.1', port: upstream.port };
  const resolve = new Map([
    ['metadata.google.internal:80', pin],
    ['instance-data:80', pin],
    ['pinned.test:80', { address: '169.254.169.254', port: 80 }],
  ]);
  const egress = startEgress(t, { allow: ['0.0.0.0/0', '::/0'], resolve });
  for (const host of [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    '100.100.100.200',
    '192.0.0.192',
    'metadata.google.internal',
    'instance-data',
    'pinned.test',
  ]) {
    refusedAs(await callOut(egress, requestTo(`http://${host}/`)), 'egress_denied', false);
  }
  assert.equal(upstream.connections, 0);
});

test('S6: every address of the answer is judged; one bad, or none, refuses', async (t) => {
  const upstream = await startHttp(t, (_request, response) => response.end());
  const answers: Record<string, string[]> = {
    'mixed.test': ['8.8.8.8', '10.0.0.1'],
    'mixed6.test': ['127.0.0.1', '::1'],
    'empty.test': [],
    'private.test': ['192.168.0.1'],
    'odd.test': ['127.1'],
    'mapped.test': ['::ffff:127.0.0.1'],
    'zone.test': ['fe80::1%lo'],
    'good.test': ['127.0.0.1'],
  };
  const egress = startEgress(t, { lookup: async (host) => answers[host] ?? [] });
  for (const host of Object.keys(answers)) {
    const outcome = await callOut(egress, requestTo(`http://${host}:${upstream.port}/`));
    if (host === 'good.test') assert.equal(outcome.status, 200);
    else refusedAs(outcome, 'egress_denied', false);
  }
  assert.equal(upstream.connections, 1);
});

test('S6: a name that turns to loopback after it was judged is asked once for each connection, and its pin is dialled', async (t) => {
  const upstream = await startHttp(t, (_request, response) => response.end());
  let asked = 0;
  const egress = startEgress(t, {
    allow: ['127.0.0.1/32'],
    lookup: async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.1'] : ['127.0.0.2'];
    },
  });
  const url = `http://rebind.test:${upstream.port}/`;
  assert.equal((await callOut(egress, requestTo(url))).status, 200);
  assert.equal(asked, 1);
  assert.equal((await callOut(egress, requestTo(url))).status, 200, 'the warm connection is the judged one');
  assert.equal(asked, 1);
  refusedAs(await callOut(egress, requestTo(url, { poolKey: 'another' })), 'egress_denied', false);
  assert.equal(asked, 2);
});

test('S9: plain http is dialled only inside ALTER_EGRESS_ALLOW', async (t) => {
  const egress = startEgress(t, { lookup: async () => ['8.8.8.8'] });
  refusedAs(await callOut(egress, requestTo('http://public.test:80/')), 'egress_denied', false);
  refusedAs(await callOut(egress, requestTo('http://8.8.8.8/')), 'egress_denied', false);
});

test('S16: proxy variables of the environment route nothing', async (t) => {
  const proxy = await startHttp(t, (_request, response) => response.end('proxy'));
  const upstream = await startHttp(t, (_request, response) => response.end('upstream'));
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'])
    process.env[name] = `http://127.0.0.1:${proxy.port}`;
  process.env['NODE_USE_ENV_PROXY'] = '1';
  const outcome = await callOut(startEgress(t), requestTo(`http://127.0.0.1:${upstream.port}/`));
  assert.equal(outcome.body.toString(), 'upstream');
  assert.equal(proxy.connections, 0);
});

test('fetchSmall gathers an answer up to its cap', async (t) => {
  const upstream = await startHttp(t, (_request, response) =>
    response.writeHead(200, { 'x-a': 'b' }).end('12345'),
  );
  const egress = startEgress(t);
  const request = requestTo(`http://127.0.0.1:${upstream.port}/`);
  const answer = await egress.fetchSmall({ ...request, maxResponseBytes: 5 });
  assert.equal(answer.body.toString(), '12345');
  assert.deepEqual(answer.headers.slice(0, 2), ['x-a', 'b']);
  await assert.rejects(egress.fetchSmall({ ...request, maxResponseBytes: 4 }), {
    code: 'upstream_too_large',
  });
});

test('a raw upstream that answers by HTTP/1.0 and end of connection is read to its end', async (t) => {
  const upstream = await startRaw(
    t,
    (socket) => void socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nabc')),
  );
  const outcome = await callOut(startEgress(t), requestTo(`http://127.0.0.1:${upstream.port}/`));
  assert.equal(outcome.body.toString(), 'abc');
  assert.equal(outcome.refusal, undefined);
});
