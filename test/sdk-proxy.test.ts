/** The SDK in proxy mode, and held calls, against a vault that records everything. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { App, ApprovalPendingError, type PendingApproval, ProxyResult } from '@alter-vault/sdk';
import { API_KEY, type Answer, type FakeVault, GRANT, refuse, sendJson, startVault } from './sdk-harness.ts';

const grantId = GRANT;
const target = 'https://api.example.com/v1/x?y=%7A';

async function rig(t: TestContext, proxy: Answer): Promise<{ vault: FakeVault; app: App }> {
  t.after(() => app.close());
  const vault = await startVault(t);
  vault.proxy = proxy;
  const app = new App({ apiKey: API_KEY, baseUrl: vault.url, timeoutMs: 5_000 });
  return { vault, app };
}

test('a call goes to the vault with its Alter-* headers, and the answer of the upstream comes back', async (t) => {
  const { vault, app } = await rig(t, (seen, response) => {
    response.writeHead(418, { 'content-type': 'application/json', etag: '"1"' }).end(seen.body);
  });
  const result = await app.proxyRequest('PATCH', target, {
    grantId,
    json: { a: 'ä' },
    query: { q: '1' },
    headers: { authorization: 'Bearer mine', 'x-mine': '1', 'x-key': API_KEY },
    reason: 'weil %: ü',
    context: { tool: 'é' },
    caller: 'bot/1',
    timeoutMs: 1234.5,
    idempotencyKey: 'order-1',
  });
  assert.ok(result instanceof ProxyResult);
  assert.deepEqual(
    [result.status, result.ok, result.url, result.requestId],
    [418, false, `${target}&q=1`, 'request-1'],
  );
  assert.equal(result.headers.get('etag'), '"1"');
  assert.deepEqual(await result.json(), { a: 'ä' });

  const [seen] = vault.seen;
  assert.ok(seen);
  assert.deepEqual([seen.method, seen.url], ['PATCH', '/v1/proxy']);
  const sent = Object.fromEntries(
    Object.entries(seen.headers).filter(([name]) => /^(alter|auth|idem|x-|content-type)/.test(name)),
  );
  assert.deepEqual(sent, {
    authorization: `Bearer ${API_KEY}`,
    'alter-grant': GRANT,
    'alter-url': `${target}&q=1`,
    'alter-reason': encodeURIComponent('weil %: ü'),
    'alter-context': encodeURIComponent('{"tool":"é"}'),
    'alter-caller': 'bot%2F1',
    'alter-timeout-ms': '1235',
    'idempotency-key': 'order-1',
    'content-type': 'application/json',
    'x-mine': '1',
  });
});

test('bodies stream in both directions', async (t) => {
  const { app } = await rig(t, (seen, response) => void response.writeHead(200).end(seen.body.toUpperCase()));
  const body = new Blob(['streamed']).stream();
  const result = await app.proxyRequest('POST', target, { grantId, body });
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body ?? []) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), 'STREAMED');
});

test('R1: a redirect of the upstream is its answer', async (t) => {
  const { app } = await rig(
    t,
    (_seen, response) => void response.writeHead(302, { location: 'https://evil.example/' }).end(),
  );
  const result = await app.proxyRequest('GET', target, { grantId });
  assert.deepEqual([result.status, result.headers.get('location')], [302, 'https://evil.example/']);
});

test("an answer that is neither the vault's nor the upstream's is not taken for one", async (t) => {
  const { app } = await rig(t, (_seen, response) => {
    response.removeHeader('Alter-Request-Id');
    response.writeHead(502).end('<html>load balancer</html>');
  });
  await assert.rejects(app.proxyRequest('GET', target, { grantId }), {
    code: 'vault_unreachable',
    status: 502,
    mayHaveBeenSent: true,
  });
});

test('a call is sent again only where the vault said that nothing was sent, and only a body that is still there', async (t) => {
  const { vault, app } = await rig(t, (_seen, response) => void response.end('ok'));
  vault.first.push(refuse('overloaded', 503), refuse('unavailable', 503));
  assert.equal(await (await app.proxyRequest('POST', target, { grantId, body: 'again' })).text(), 'ok');
  assert.deepEqual(
    vault.seen.map(({ body }) => body),
    ['again', 'again', 'again'],
  );

  vault.first.push(refuse('overloaded', 503));
  await assert.rejects(app.proxyRequest('POST', target, { grantId, body: new Blob(['once']).stream() }), {
    code: 'overloaded',
  });
  assert.equal(vault.seen.length, 4);

  vault.first.push((_seen, response) => void response.writeHead(503).end('the upstream is busy'));
  assert.equal((await app.proxyRequest('POST', target, { grantId, body: 'x' })).status, 503);
  vault.first.push((_seen, response) => void response.socket?.destroy());
  await assert.rejects(app.proxyRequest('POST', target, { grantId, body: 'x' }), {
    code: 'vault_unreachable',
    mayHaveBeenSent: true,
  });
  assert.equal(vault.seen.length, 6);
});

test('fetch() in proxy mode is a Response with the URL of the caller', async (t) => {
  const { vault, app } = await rig(t, (_seen, response) => void response.end('ok'));
  const response = await app.fetch({ grantId, mode: 'proxy', reason: 'sdk' })(new URL(target), {
    method: 'post',
    body: 'b',
  });
  assert.ok(response instanceof Response);
  assert.deepEqual([response.url, await response.text(), vault.seen[0]?.method], [target, 'ok', 'POST']);
});

const held: Answer = (_seen, response) => {
  response.setHeader('Alter-Approval', 'approval-1');
  const approval = {
    approval_id: 'approval-1',
    status: 'pending',
    approval_url: 'https://vault.example/approvals/approval-1',
    request_digest: 'd1',
    expires_at: '2026-12-01T00:00:00Z',
  };
  sendJson(response, 202, { approval });
};

/** A vault that holds the call and then shows these states, one at each poll, the last one for ever. */
function holding(states: readonly Record<string, unknown>[], result: Answer): Answer {
  let at = 0;
  return (seen, response) => {
    if (seen.url === '/v1/proxy') return held(seen, response);
    if (seen.url.endsWith('/result')) return result(seen, response);
    if (seen.url.endsWith('/cancel')) return sendJson(response, 200, {});
    const state = states[Math.min(at, states.length - 1)];
    at += 1;
    sendJson(response, 200, { approval_id: 'approval-1', ...state });
  };
}

async function hold(app: App): Promise<PendingApproval> {
  const error: unknown = await app
    .proxyRequest('POST', target, { grantId, json: 1 })
    .catch((failure: unknown) => failure);
  assert.ok(error instanceof ApprovalPendingError);
  assert.deepEqual([error.code, error.status, error.mayHaveBeenSent], ['approval_pending', 202, false]);
  return error.approval;
}

test('a held call: wait() polls until the vault has made it, over a failing poll, and gives the answer', async (t) => {
  const states = [
    { status: 'pending' },
    { status: 'approved' },
    { status: 'executing' },
    { status: 'executed' },
  ];
  const { vault, app } = await rig(
    t,
    holding(states, (_seen, response) => void response.writeHead(201).end('done')),
  );
  const approval = await hold(app);
  assert.deepEqual(
    [approval.approvalId, approval.approvalUrl, approval.requestDigest, approval.expiresAt],
    ['approval-1', 'https://vault.example/approvals/approval-1', 'd1', '2026-12-01T00:00:00Z'],
  );
  vault.first.push((_seen, response) => void response.socket?.destroy());
  const result = await approval.wait();
  assert.deepEqual([result.status, await result.text(), result.url], [201, 'done', target]);
  const polls = vault.seen.filter(({ url }) => url.includes('?wait_ms='));
  assert.equal(polls.length, 5);
  assert.ok(polls.every(({ url }) => url === '/v1/approvals/approval-1?wait_ms=30000'));
});

const ENDS = [
  [
    { status: 'denied', decision_reason: 'no budget' },
    { code: 'approval_denied', hint: 'The approver said: no budget' },
  ],
  [{ status: 'expired' }, { code: 'approval_expired' }],
  [{ status: 'cancelled' }, { code: 'approval_cancelled' }],
  [
    { status: 'failed', error: { code: 'approval_stale', may_have_been_sent: false } },
    { code: 'approval_stale', mayHaveBeenSent: false },
  ],
  [
    { status: 'failed', error: { code: 'internal', may_have_been_sent: true } },
    { code: 'internal', mayHaveBeenSent: true },
  ],
] as const;

for (const [state, expected] of ENDS) {
  test(`a held call that ends as ${JSON.stringify(state)} is a typed error`, async (t) => {
    const { app } = await rig(t, holding([state], refuse('conflict', 409)));
    await assert.rejects((await hold(app)).wait(), expected);
  });
}

test('wait() ends by its time or its signal and leaves the call held; cancel() gives it up', async (t) => {
  const { vault, app } = await rig(t, holding([{ status: 'pending' }], refuse('conflict', 409)));
  const approval = await hold(app);
  await assert.rejects(approval.wait({ timeoutMs: 300 }), { code: 'timeout', mayHaveBeenSent: false });
  const reason = new Error('enough');
  await assert.rejects(approval.wait({ signal: AbortSignal.abort(reason) }), reason);
  await approval.cancel();
  assert.deepEqual(
    [vault.seen.at(-1)?.method, vault.seen.at(-1)?.url],
    ['POST', '/v1/approvals/approval-1/cancel'],
  );
});
