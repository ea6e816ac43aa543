/** Held calls, policies and limits as the SDK shows them, against a vault that records everything. */
import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import {
  App,
  ApprovalCancelledError,
  ApprovalDeniedError,
  ApprovalEndedError,
  ApprovalPendingError,
  type PendingApproval,
  PolicyViolationError,
  ProxyRequiredError,
  QuotaExceededError,
  RateLimitedError,
} from '@alter-vault/sdk';
import { API_KEY, type Answer, type FakeVault, GRANT, refuse, sendJson, startVault } from './sdk-harness.ts';

const grantId = GRANT;
const target = 'https://api.example.com/v1/payments';
const ID = '0197a3c4-0000-7000-8000-00000000a001';
const POLICY = '0197a3c4-0000-7000-8000-00000000b001';

const pending = {
  approval_id: ID,
  status: 'pending',
  approval_url: `https://vault.example/approvals/${ID}`,
  request_digest: 'd1',
  expires_at: '2026-12-01T00:00:00.000Z',
};

const held =
  (state: Record<string, unknown> = {}): Answer =>
  (_seen, response) => {
    response.setHeader('Alter-Approval', ID);
    sendJson(response, 202, { approval: { ...pending, ...state } });
  };

/** A vault that holds the call and then shows these states, one at each poll, the last one for ever. */
function holding(...states: readonly Record<string, unknown>[]): Answer {
  let at = 0;
  return (seen, response) => {
    if (seen.url === '/v1/proxy') return held()(seen, response);
    if (seen.url.endsWith('/result'))
      return void response.writeHead(201, { 'x-from': 'upstream' }).end('done');
    if (seen.url.endsWith('/cancel')) return sendJson(response, 200, { ...pending, status: 'cancelled' });
    const state = states[Math.min(at, states.length - 1)];
    at += 1;
    sendJson(response, 200, { approval_id: ID, ...state });
  };
}

interface Rig {
  readonly vault: FakeVault;
  readonly app: App;
}

async function rig(t: TestContext, proxy: Answer): Promise<Rig> {
  t.after(() => app.close());
  const vault = await startVault(t);
  vault.proxy = proxy;
  const app = new App({ apiKey: API_KEY, baseUrl: vault.url, timeoutMs: 5_000 });
  return { vault, app };
}

const pay = (app: App, more: Parameters<App['proxyRequest']>[2] | object = {}) =>
  app.proxyRequest('POST', target, { grantId, json: { amount: 120 }, ...more });

async function hold(app: App): Promise<PendingApproval> {
  const error: unknown = await pay(app).catch((failure: unknown) => failure);
  assert.ok(error instanceof ApprovalPendingError);
  return error.approval;
}

test('a held call says everything that who waits for it needs, and prints no key', async (t) => {
  const { app } = await rig(t, held());
  const approval = await hold(app);
  assert.deepEqual(
    [approval.approvalId, approval.status, approval.approvalUrl, approval.requestDigest, approval.expiresAt],
    [ID, 'pending', pending.approval_url, 'd1', pending.expires_at],
  );
  assert.equal(approval.requestId, 'request-1');
  for (const text of [inspect(approval, { depth: 9 }), JSON.stringify(approval), String(approval)])
    assert.ok(!text.includes(API_KEY));
  assert.equal(JSON.parse(JSON.stringify(approval)).status, 'pending');
});

test('awaitApproval waits, tells once that it does, and gives the answer of the upstream', async (t) => {
  const { vault, app } = await rig(t, holding({ status: 'pending' }, { status: 'executed' }));
  const told: string[] = [];
  const result = await pay(app, {
    awaitApproval: {
      timeoutMs: 5_000,
      onPending: (approval: PendingApproval) => told.push(approval.approvalId),
    },
  });
  assert.deepEqual(
    [result.status, result.headers.get('x-from'), await result.text(), result.url],
    [201, 'upstream', 'done', target],
  );
  assert.deepEqual(told, [ID]);
  assert.equal(vault.seen.filter(({ url }) => url === '/v1/proxy').length, 1);

  vault.proxy = holding({ status: 'denied', decision_reason: 'no budget' });
  const denied: unknown = await pay(app, { awaitApproval: true }).catch((error: unknown) => error);
  assert.ok(denied instanceof ApprovalDeniedError && denied instanceof ApprovalEndedError);
  assert.deepEqual([denied.approvalId, denied.decisionReason, denied.status], [ID, 'no budget', undefined]);
  assert.equal(JSON.parse(JSON.stringify(denied)).decisionReason, 'no budget');
});

test('awaitApproval whose time is over keeps the approval; whose signal ends rejects with its reason', async (t) => {
  const { vault, app } = await rig(t, holding({ status: 'pending' }));
  const late: unknown = await pay(app, { awaitApproval: { timeoutMs: 300 } }).catch(
    (error: unknown) => error,
  );
  assert.ok(late instanceof ApprovalPendingError);
  assert.deepEqual([late.approval.approvalId, late.mayHaveBeenSent], [ID, false]);
  const reason = new Error('enough');
  await assert.rejects(pay(app, { signal: abortSoon(reason), awaitApproval: true }), reason);
  await assert.rejects(pay(app, { awaitApproval: { timeoutMs: 0 } }), { code: 'invalid_request' });
  assert.equal(vault.seen.filter(({ url }) => url === '/v1/proxy').length, 2, 'refused before it is sent');

  vault.proxy = holding({ status: 'executing' });
  const sent: unknown = await pay(app, { awaitApproval: { timeoutMs: 300 } }).catch(
    (error: unknown) => error,
  );
  assert.ok(sent instanceof ApprovalPendingError);
  assert.deepEqual([sent.approval.status, sent.mayHaveBeenSent], ['executing', true]);
  await assert.rejects(sent.approval.wait({ timeoutMs: 300 }), { code: 'timeout', mayHaveBeenSent: true });
});

function abortSoon(reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 300);
  return controller.signal;
}

test('fetch() of a vendor waits too; in request mode nothing is ever held', async (t) => {
  const { app } = await rig(t, holding({ status: 'executed' }));
  const fetchHeld = app.fetch({ grantId, mode: 'proxy', awaitApproval: true });
  assert.equal(await (await fetchHeld(target, { method: 'POST', body: 'b' })).text(), 'done');
  assert.throws(() => app.fetch({ grantId, awaitApproval: true }), { code: 'invalid_request' });
});

test('an idempotency key that finds a call which has ended gives its end, without asking to wait', async (t) => {
  const { vault, app } = await rig(t, held({ status: 'executed' }));
  vault.proxy = (seen, response) => {
    if (seen.url === '/v1/proxy') return held({ status: 'executed' })(seen, response);
    return holding({ status: 'executed' })(seen, response);
  };
  const result = await pay(app, { idempotencyKey: 'order-1' });
  assert.equal(await result.text(), 'done');
  assert.equal(vault.seen[0]?.headers['idempotency-key'], 'order-1');

  vault.proxy = (seen, response) => {
    if (seen.url === '/v1/proxy') return held({ status: 'cancelled' })(seen, response);
    return holding({ status: 'cancelled' })(seen, response);
  };
  await assert.rejects(pay(app, { idempotencyKey: 'order-1' }), ApprovalCancelledError);
  vault.proxy = refuse('conflict', 409);
  await assert.rejects(pay(app, { idempotencyKey: 'order-1' }), { code: 'conflict' });
});

/** Longer than one request is tried again. */
const AWAY_MS = 5_000;

test('F11: wait() goes on while the vault restarts on the way to the decision and to the result', async (t) => {
  let polls = 0;
  const vault = new RestartingVault(t, (url, response) => {
    if (url.endsWith('/result')) return void response.writeHead(200).end('done');
    polls += 1;
    if (polls === 1) return vault.restart(AWAY_MS);
    sendJson(response, 200, { ...pending, status: 'executed' });
  });
  const app = new App({ apiKey: API_KEY, baseUrl: await vault.start(), timeoutMs: 5_000 });
  t.after(() => app.close());
  vault.isHolding = true;
  const approval = await hold(app);
  vault.isHolding = false;
  assert.equal(await (await approval.wait({ timeoutMs: 60_000 })).text(), 'done');
  assert.equal(polls, 2);
});

/** Ends with all its connections when told to, and is back on the same port a while later. */
class RestartingVault {
  isHolding = false;
  readonly #answer: (url: string, response: ServerResponse) => void;
  #server: Server | undefined;
  #port = 0;

  constructor(t: TestContext, answer: (url: string, response: ServerResponse) => void) {
    this.#answer = answer;
    t.after(() => this.#stop());
  }

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      response.setHeader('Alter-Request-Id', 'request-1');
      request.resume().on('end', () => {
        if (this.isHolding) void held()({ method: 'POST', url: '', headers: {}, body: '' }, response);
        else this.#answer(request.url ?? '', response);
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, '127.0.0.1', resolve));
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    return `http://127.0.0.1:${this.#port}`;
  }

  restart(awayMs: number): void {
    this.#stop();
    setTimeout(() => void this.start(), awayMs);
  }

  #stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

test('wait() does not go on where waiting helps nothing', async (t) => {
  const { vault, app } = await rig(t, holding({ status: 'pending' }));
  const approval = await hold(app);
  vault.proxy = refuse('unauthenticated', 401);
  await assert.rejects(approval.wait({ timeoutMs: 5_000 }), { code: 'unauthenticated' });
  vault.proxy = refuse('not_found', 404);
  await assert.rejects(approval.wait({ timeoutMs: 5_000 }), { code: 'not_found' });
});

test('a call that failed for a passing reason is over, and is not polled for again', async (t) => {
  const failed = { status: 'failed', error: { code: 'unavailable', may_have_been_sent: false } };
  const { vault, app } = await rig(t, holding(failed));
  await assert.rejects((await hold(app)).wait({ timeoutMs: 5_000 }), {
    code: 'unavailable',
    mayHaveBeenSent: false,
  });
  assert.equal(vault.seen.filter(({ url }) => url.includes('wait_ms')).length, 1);
});

test('an answer that names no status is no answer of a vault, and the next one may be', async (t) => {
  const { vault, app } = await rig(t, holding({ status: 'executed' }));
  const approval = await hold(app);
  vault.first.push(
    (_seen, response) => void response.writeHead(200).end('<html>starting</html>'),
    (_seen, response) => sendJson(response, 200, { status: 'fine' }),
    (_seen, response) => void response.writeHead(502).end('<html>load balancer</html>'),
  );
  assert.equal(await (await approval.wait({ timeoutMs: 10_000 })).text(), 'done');
  vault.first.push((_seen, response) => sendJson(response, 200, { status: 'fine' }));
  await assert.rejects(approval.refresh(), { code: 'vault_unreachable' });
});

test('refresh() and result() ask once; cancel() takes a lost answer for none', async (t) => {
  const { vault, app } = await rig(
    t,
    holding({ status: 'approved', decided_at: '2026-11-22T10:00:00.000Z' }),
  );
  const approval = await hold(app);
  assert.deepEqual(
    [(await approval.refresh()).status, approval.decidedAt, approval.requestDigest, approval.hasResult],
    ['approved', '2026-11-22T10:00:00.000Z', 'd1', false],
  );
  vault.first.push(refuse('conflict', 409));
  await assert.rejects(approval.result(), { code: 'conflict' });
  assert.equal(await (await approval.result()).text(), 'done');

  vault.first.push(refuse('conflict', 409));
  await assert.rejects(approval.cancel(), { code: 'conflict' });
  vault.first.push(refuse('conflict', 409), (_seen, response) =>
    sendJson(response, 200, { ...pending, status: 'cancelled' }),
  );
  await approval.cancel();
  assert.equal(approval.status, 'cancelled');
});

test('after a restart of this process: approvals.list() over its pages, approval(id), and wait() on it', async (t) => {
  const { vault, app } = await rig(t, holding({ status: 'executed', has_result: true }));
  vault.first.push(
    (_seen, response) => sendJson(response, 200, { items: [pending], next_cursor: 'c2' }),
    (_seen, response) =>
      sendJson(response, 200, { items: [{ ...pending, approval_id: 'other' }], next_cursor: null }),
  );
  const listed = await app.approvals.list({ status: 'pending' });
  assert.deepEqual(
    listed.map(({ approvalId, requestDigest }) => [approvalId, requestDigest]),
    [
      [ID, 'd1'],
      ['other', 'd1'],
    ],
  );
  assert.deepEqual(
    vault.seen.map(({ url }) => url),
    ['/v1/approvals?limit=200&status=pending', '/v1/approvals?limit=200&status=pending&cursor=c2'],
  );
  const found = await app.approval(ID);
  assert.deepEqual([found.status, found.hasResult], ['executed', true]);
  assert.equal(await (await found.wait()).text(), 'done');
  vault.first.push(refuse('not_found', 404));
  await assert.rejects(app.approval('another'), { code: 'not_found' });
  await assert.rejects(app.approval(''), { code: 'invalid_request' });
  await app.close();
  await assert.rejects(app.approval(ID), { code: 'closed' });
});

function refusing(code: string, more: Record<string, unknown>, headers: Record<string, string> = {}): Answer {
  return (_seen, response) => {
    for (const [name, value] of Object.entries({ 'Alter-Error': code, ...headers }))
      response.setHeader(name, value);
    sendJson(response, 403, {
      error: { code, message: 'No.', hint: 'office-hours: from 9.', request_id: 'r', ...more },
    });
  };
}

test('a denial by policy says which policy and from when the call may pass', async (t) => {
  const { app } = await rig(
    t,
    refusing('policy_denied', { policy_id: POLICY, passes_at: '2026-11-23T09:00:00.000Z' }),
  );
  const error: unknown = await pay(app).catch((failure: unknown) => failure);
  assert.ok(error instanceof PolicyViolationError);
  assert.deepEqual(
    [error.policyId, error.passesAt, error.hint, error.mayHaveBeenSent],
    [POLICY, '2026-11-23T09:00:00.000Z', 'office-hours: from 9.', false],
  );
  assert.equal(JSON.parse(JSON.stringify(error)).policyId, POLICY);
});

test('limits say how long to wait and what is left, of a rate and of a quota', async (t) => {
  const headers = {
    'Retry-After': '7',
    RateLimit: '"calls";r=0;t=7',
    'RateLimit-Policy': '"calls";q=60;w=60',
  };
  const { vault, app } = await rig(t, refusing('rate_limited', { policy_id: POLICY }, headers));
  const error: unknown = await pay(app).catch((failure: unknown) => failure);
  assert.ok(error instanceof RateLimitedError && !(error instanceof QuotaExceededError));
  assert.deepEqual([error.retryAfterMs, error.policyId, error.retryable], [7_000, POLICY, true]);
  assert.deepEqual(error.limits, [
    { name: 'calls', limit: 60, windowMs: 60_000, remaining: 0, resetMs: 7_000 },
  ]);
  assert.equal(vault.seen.length, 1, 'the SDK does not wait by itself');
  vault.proxy = refusing('quota_exceeded', {}, { 'Retry-After': '3600' });
  const over: unknown = await pay(app).catch((failure: unknown) => failure);
  assert.ok(over instanceof QuotaExceededError && over instanceof RateLimitedError);
  assert.deepEqual([over.retryAfterMs, over.limits], [3_600_000, []]);
});

test('a credential that stays in the vault is a ProxyRequiredError in request mode', async (t) => {
  const { vault, app } = await rig(t, held());
  vault.first.push(refuse('proxy_required', 403));
  await assert.rejects(app.request('GET', target, { grantId }), ProxyRequiredError);
});
