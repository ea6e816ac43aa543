import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Egress } from '../packages/server/src/egress/egress.ts';
import { callOut, refusedAs, requestTo, startEgress, startHttp, startHttps } from './egress-rig.ts';

test('S8: a change of DNS holds on a warm connection once the verdict is old', async (t) => {
  const upstream = await startHttp(t, (_request, response) => response.end());
  let answer = ['127.0.0.1'];
  const egress = startEgress(t, { lookup: async () => answer, recheckMs: 0 });
  const url = `http://moving.test:${upstream.port}/`;
  assert.equal((await callOut(egress, requestTo(url))).status, 200);
  assert.equal((await callOut(egress, requestTo(url))).status, 200);
  assert.equal(upstream.connections, 1, 'unchanged: the connection is kept');
  answer = ['10.0.0.1'];
  refusedAs(await callOut(egress, requestTo(url)), 'egress_denied', false);
  answer = ['127.0.0.1'];
  assert.equal((await callOut(egress, requestTo(url))).status, 200);
  assert.equal(upstream.connections, 2);
});

test('S8 S15: own endpoints are refused from then on, on warm connections too', async (t) => {
  const upstream = await startHttp(t, (_request, response) => response.end());
  const url = `http://127.0.0.1:${upstream.port}/`;
  for (const own of [
    `127.0.0.1:${upstream.port}`,
    `0.0.0.0:${upstream.port}`,
    `[::]:${upstream.port}`,
    `localhost:${upstream.port}`,
  ]) {
    const egress = startEgress(t, { lookup: async () => ['127.0.0.1'] });
    assert.equal((await callOut(egress, requestTo(url))).status, 200);
    assert.equal((await callOut(egress, requestTo(`http://self.test:${upstream.port}/`))).status, 200);
    egress.blockOwn([own, 'vault.example.com:443']);
    refusedAs(await callOut(egress, requestTo(url)), 'egress_denied', false);
    refusedAs(await callOut(egress, requestTo(`http://self.test:${upstream.port}/`)), 'egress_denied', false);
    refusedAs(await callOut(egress, requestTo('https://vault.example.com/')), 'egress_denied', false);
  }
});

test('S8: connections and TLS sessions are not shared between pool keys', async (t) => {
  const reused: boolean[] = [];
  const upstream = await startHttps(t, (request, response) => {
    reused.push(
      'isSessionReused' in request.socket &&
        typeof request.socket.isSessionReused === 'function' &&
        request.socket.isSessionReused() === true,
    );
    response.setHeader('connection', 'close').end();
  });
  const egress = startEgress(t);
  const url = `https://127.0.0.1:${upstream.port}/`;
  for (const poolKey of ['a', 'a', 'b']) {
    const outcome = await callOut(egress, requestTo(url, { poolKey }));
    assert.equal(outcome.status, 200, String(outcome.refusal?.detail));
  }
  assert.deepEqual(reused, [false, true, false]);
  assert.equal(upstream.connections, 3);
});

test('a pinned host is dialled where the setting says, and its certificate is checked for the host', async (t) => {
  const seen: (string | undefined)[] = [];
  const upstream = await startHttps(t, (request, response) => {
    seen.push(request.headers.host);
    response.end();
  });
  const pin = { address: '127.0.0.1', port: upstream.port };
  const egress = startEgress(t, {
    resolve: new Map([
      ['api.upstream.test:443', pin],
      ['wrong.example:443', pin],
    ]),
  });
  const good = await callOut(egress, requestTo('https://api.upstream.test/'));
  assert.equal(good.status, 200, String(good.refusal?.detail));
  assert.deepEqual(seen, ['api.upstream.test']);
  refusedAs(await callOut(egress, requestTo('https://wrong.example/')), 'upstream_unreachable', false);
  assert.equal(seen.length, 1);
});

test('F6: a certificate by an unknown authority is refused, and the caller reads nothing of it (P8)', async (t) => {
  const upstream = await startHttps(t, (_request, response) => response.end());
  const outcome = await callOut(
    startEgress(t, { caPem: undefined }),
    requestTo(`https://127.0.0.1:${upstream.port}/`),
  );
  refusedAs(outcome, 'upstream_unreachable', false);
  assert.doesNotMatch(outcome.refusal?.message ?? '', /certificate|127\.0\.0\.1|issuer/i);
  assert.match(outcome.refusal?.detail ?? '', /CERT|ISSUER|SIGNATURE/i);
  assert.throws(() => new Egress({ allow: [], resolve: new Map(), caPem: 'nonsense' }), TypeError);
});

test('S15: an own endpoint that is no host:port stops the start instead of being ignored', (t) => {
  const egress = startEgress(t);
  for (const text of ['nonsense', ':7400', 'host:', 'host:x', 'host:0'])
    assert.throws(() => egress.blockOwn([text]), TypeError, text);
});
