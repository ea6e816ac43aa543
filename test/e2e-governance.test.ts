/** Governance on the whole system, as people and programs meet it: the command and the SDK against a real vault. */
import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import {
  App,
  ApprovalCancelledError,
  ApprovalDeniedError,
  ApprovalPendingError,
  type PendingApproval,
  PolicyViolationError,
  ProxyRequiredError,
  QuotaExceededError,
  RateLimitedError,
} from '@alter-vault/sdk';
import { run } from '../packages/cli/src/run.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;
let app: App;
let apiKey: string;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  apiKey = (await vault.key()).api_key;
  app = new App({ apiKey, baseUrl: vault.url, caller: 'e2e' });
});
after(async () => {
  await app?.close();
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

/** In this process: that the launcher passes everything through is shown elsewhere. */
async function alter(
  args: readonly string[],
  stdin = '',
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => (done(), void (out += chunk.toString())),
  });
  const stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => (done(), void (err += chunk.toString())),
  });
  const env = { ALTER_TOKEN: vault.token, ALTER_API_KEY: apiKey, ALTER_BASE_URL: vault.url };
  const code = await run(args, { env, stdin: Readable.from([stdin]), stdout, stderr });
  return { code, out, err };
}

/** It must succeed; its answer as JSON. */
async function json(...args: string[]): Promise<Json> {
  const { code, out, err } = await alter([...args, '--json']);
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
  return JSON.parse(out);
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail('it must fail'),
    (error: unknown) => error,
  );

let count = 0;
const policy = (grantId: string, ...rule: string[]) =>
  json('policies', 'create', '--name', `p-${(count += 1)}`, '--grant', grantId, ...rule);

test('a denial names the policy and when the call may pass; evaluate explains the same; its removal lifts it', async () => {
  const { grant_id: grantId } = await vault.secret(upstream.host);
  const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(new Date().getUTCDay() + 3) % 7] ?? 'sun';
  const made = await policy(grantId, '--time-window', `${day} 09:00-17:00`, '--timezone', 'UTC');
  const call = (): Promise<unknown> => app.proxyRequest('GET', `${upstream.origin}/v1/x`, { grantId });
  const denied = await failure(call());
  assert.ok(denied instanceof PolicyViolationError);
  assert.equal(denied.policyId, made.policy_id);
  assert.match(denied.passesAt ?? '', /T09:00:00/);
  assert.ok(denied.hint?.includes(made.name));

  const asked = ['policies', 'evaluate', 'GET', `${upstream.origin}/v1/x`, '--grant', grantId];
  const explained = await json(...asked, '--expect', 'deny');
  assert.deepEqual(
    [explained.decision, explained.because[0].policy_id, explained.because[0].verdict],
    ['deny', made.policy_id, 'deny'],
  );
  assert.equal((await alter([...asked, '--at', denied.passesAt ?? '', '--expect', 'allow'])).code, 0);
  assert.match((await alter(asked)).out, new RegExp(`deny +${made.name} +enforce`));

  assert.match((await alter(['policies', 'list', '--grant', grantId])).out, /from 09:00 to 17:00, UTC time/);
  await json('policies', 'update', made.name, '--mode', 'monitor');
  await call();
  assert.equal((await vault.audit({ grant_id: grantId, flag: 'monitor_denied' })).length >= 1, true);
  await json('policies', 'update', made.name, '--mode', 'enforce');
  assert.ok((await failure(call())) instanceof PolicyViolationError);
  await json('policies', 'delete', made.name, '--yes');
  await call();
});

test('replay says what a draft would have done to the calls that were made', async () => {
  const { grant_id: grantId } = await vault.secret(upstream.host);
  for (const method of ['GET', 'GET', 'DELETE']) await app.proxyRequest(method, upstream.origin, { grantId });
  const replayed = await json(
    'policies',
    'replay',
    '--grant',
    grantId,
    '--deny',
    '--method',
    'delete',
    '--days',
    '1',
  );
  assert.deepEqual([replayed.calls, replayed.pass.count, replayed.deny.count], [3, 2, 1]);
  const shown = await alter([
    'policies',
    'replay',
    '--grant',
    grantId,
    '--rate-limit',
    '1/1h',
    '--days',
    '1',
  ]);
  assert.match(shown.out, /3 calls[^]*deny +2\n/);
});

test('A13: limits refuse with how long to wait; usage shows how they stand', async () => {
  const { grant_id: grantId } = await vault.secret(upstream.host);
  const rate = await policy(grantId, '--rate-limit', '2/1h');
  const call = (): Promise<unknown> => app.proxyRequest('GET', upstream.origin, { grantId });
  await call();
  await call();
  const limited = await failure(call());
  assert.ok(limited instanceof RateLimitedError && !(limited instanceof QuotaExceededError));
  assert.equal(limited.policyId, rate.policy_id);
  assert.ok(
    limited.retryAfterMs !== undefined && limited.retryAfterMs > 0 && limited.retryAfterMs <= 3_600_000,
  );
  assert.deepEqual(
    limited.limits.map(({ limit, windowMs, remaining }) => [limit, windowMs, remaining]),
    [[2, 3_600_000, 0]],
  );
  const usage = await json('grants', 'usage', grantId);
  assert.deepEqual([usage.limits[0].used, usage.limits[0].remaining], [2, 0]);
  assert.match(
    (await alter(['grants', 'usage', grantId])).out,
    /p-\d+ +enforce +grant +2 +2 +3600 s, sliding/,
  );

  const { grant_id: other } = await vault.secret(upstream.host);
  await policy(other, '--quota', '1/month');
  await app.proxyRequest('GET', upstream.origin, { grantId: other });
  const over = await failure(app.proxyRequest('GET', upstream.origin, { grantId: other }));
  assert.ok(over instanceof QuotaExceededError && (over.retryAfterMs ?? 0) > 0);
});

async function holding(): Promise<string> {
  const { grant_id: grantId } = await vault.secret(upstream.host, { token: canary() }, {});
  await policy(grantId, '--approval-by', 'owner', '--method', 'POST');
  return grantId;
}

const pay = (grantId: string, more: object = {}) =>
  app.proxyRequest('POST', `${upstream.origin}/pay?q=1`, {
    grantId,
    json: { amount: 120, note: 'a\u202eb' },
    reason: 'invoice 4711',
    ...more,
  });

async function held(grantId: string, more: object = {}): Promise<PendingApproval> {
  const error = await failure(pay(grantId, more));
  assert.ok(error instanceof ApprovalPendingError, String(error));
  return error.approval;
}

test('A4: a held call is shown as it will be sent, approved by its digest, sent once, and its answer comes to who waits', async () => {
  const grantId = await holding();
  const before = upstream.requests.length;
  let approvalId = '';
  const waiting = pay(grantId, {
    awaitApproval: {
      timeoutMs: 60_000,
      onPending: (approval: PendingApproval) => (approvalId = approval.approvalId),
    },
  });
  while (approvalId === '') await new Promise((resolve) => setTimeout(resolve, 20));
  assert.match((await alter(['approvals', 'list'])).out, new RegExp(`${approvalId} +pending +POST`));
  const shown = await alter(['approvals', 'show', approvalId]);
  assert.equal(shown.code, 0, shown.err);
  assert.ok(shown.out.includes(`POST ${upstream.origin}/pay?q=1\n`), shown.out);
  assert.ok(shown.out.includes('  │   "note": "a⟨U+202E⟩b"'), shown.out);
  assert.ok(shown.out.includes('+ the credential, in header Authorization'), shown.out);
  assert.match(shown.out, /WARNING +the body holds direction characters/);
  const [, digest = ''] = /^digest +([0-9a-f]{64})$/m.exec(shown.out) ?? [];
  assert.equal(upstream.requests.length, before, 'nothing was sent yet');

  const wrong = await alter(['approvals', 'approve', approvalId, '--yes', '--digest', 'b'.repeat(64)]);
  assert.equal(wrong.code, 1);
  const approved = await alter([
    'approvals',
    'approve',
    approvalId,
    '--yes',
    '--digest',
    digest,
    '--reason',
    'ok',
  ]);
  assert.equal(approved.code, 0, approved.err);
  const result = await waiting;
  assert.deepEqual(
    [result.status, JSON.parse((await result.json<{ body: string }>()).body).amount],
    [200, 120],
  );
  assert.equal(upstream.requests.length, before + 1);

  const again = await app.approval(approvalId);
  assert.deepEqual(
    [again.status, again.requestDigest, again.decisionReason, again.hasResult, again.method],
    ['executed', digest, 'ok', true, 'POST'],
  );
  assert.equal((await again.result()).status, 200);
  assert.equal((await again.wait()).status, 200);
  assert.equal((await alter(['approvals', 'approve', approvalId, '--yes'])).code, 1, 'decided already');
});

test('a denied and a cancelled call are typed errors, with what the approver said; nothing is sent', async () => {
  const grantId = await holding();
  const before = upstream.requests.length;
  const denied = await held(grantId);
  assert.equal((await alter(['approvals', 'deny', denied.approvalId, '--reason', 'wrong account'])).code, 0);
  const error = await failure(denied.wait({ timeoutMs: 10_000 }));
  assert.ok(error instanceof ApprovalDeniedError);
  assert.deepEqual([error.decisionReason, error.approvalId], ['wrong account', denied.approvalId]);

  const cancelled = await held(grantId);
  const listed = await app.approvals.list({ status: 'pending' });
  assert.ok(listed.some(({ approvalId }) => approvalId === cancelled.approvalId));
  await cancelled.cancel();
  assert.ok((await failure(cancelled.wait({ timeoutMs: 10_000 }))) instanceof ApprovalCancelledError);
  assert.ok((await failure(cancelled.result())) instanceof Error);
  assert.equal(upstream.requests.length, before);
  assert.ok((await failure(app.approval('0197a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b'))) instanceof Error);
});

test('an Idempotency-Key finds the same approval, and afterwards its answer; with another call it is a conflict', async () => {
  const grantId = await holding();
  const idempotencyKey = 'invoice-4711';
  const first = await held(grantId, { idempotencyKey });
  const second = await held(grantId, { idempotencyKey });
  assert.equal(second.approvalId, first.approvalId);
  const other = await failure(pay(grantId, { idempotencyKey, json: { amount: 121 } }));
  assert.equal(other instanceof Error && 'code' in other && other.code, 'conflict');
  assert.equal((await alter(['approvals', 'approve', first.approvalId, '--yes'])).code, 0);
  await first.wait({ timeoutMs: 30_000 });
  const found = await pay(grantId, { idempotencyKey });
  assert.equal(found.status, 200);
  assert.equal(upstream.requests.filter(({ url }) => url === '/pay?q=1').length >= 1, true);
});

test('a grant under approval is proxy-only as a whole', async () => {
  const grantId = await holding();
  const error = await failure(app.request('GET', upstream.origin, { grantId }));
  assert.ok(error instanceof ProxyRequiredError);
});

test('alter request waits for the approval that another terminal gives', async () => {
  const grantId = await holding();
  const url = `${upstream.origin}/pay`;
  const pending = await alter(['request', 'POST', url, '--grant', grantId, '--proxy', '--data', 'x']);
  assert.deepEqual([pending.code, /alter approvals show [0-9a-f-]{36}/.test(pending.err)], [1, true]);
  const waiting = alter([
    'request',
    'POST',
    url,
    '--grant',
    grantId,
    '--proxy',
    '--data',
    'y',
    '--wait',
    '60',
  ]);
  let approvalId: string | undefined;
  while (approvalId === undefined) {
    const { items } = await json('approvals', 'list');
    const bodies = items.map((item: { approval_id: string }) => item.approval_id);
    for (const id of bodies)
      if ((await alter(['approvals', 'show', id, '--body'])).out === 'y') approvalId = id;
  }
  assert.equal((await alter(['approvals', 'approve', approvalId, '--yes'])).code, 0);
  const { code, out, err } = await waiting;
  assert.equal(code, 0, err);
  assert.equal(JSON.parse(out).body, 'y');
  assert.match(err, /waits for an approval/);
});

test('clones bring narrower policies along and are drawn below their source; keys rotate; secrets overlap', async () => {
  const { grant_id: grantId, secret_id: secretId } = await vault.secret(upstream.host);
  const policies = JSON.stringify([
    { name: `p-${(count += 1)}`, rule: { type: 'request', effect: 'deny', methods: ['GET'] } },
  ]);
  const cloned = await alter(
    ['grants', 'clone', grantId, '--label', 'one job', '--policies', '-', '--json'],
    policies,
  );
  assert.equal(cloned.code, 0, cloned.err);
  const cloneId = JSON.parse(cloned.out).grant_id;
  assert.ok(
    (await failure(app.proxyRequest('GET', upstream.origin, { grantId: cloneId }))) instanceof
      PolicyViolationError,
  );
  assert.equal((await app.proxyRequest('GET', upstream.origin, { grantId })).status, 200);
  assert.match(
    (await alter(['grants', 'tree', grantId])).out,
    new RegExp(`^${grantId} .*\n└─ ${cloneId} .*one job.*policies: 1`),
  );

  const old = await vault.key({ name: 'old' });
  const rotated = await json('keys', 'rotate', old.key_id, '--grace-seconds', '0');
  await using client = new App({ apiKey: rotated.api_key, baseUrl: vault.url });
  assert.equal((await client.proxyRequest('GET', upstream.origin, { grantId })).status, 200);
  await using former = new App({ apiKey: old.api_key, baseUrl: vault.url });
  const refused = await failure(former.proxyRequest('GET', upstream.origin, { grantId }));
  assert.equal(refused instanceof Error && 'code' in refused && refused.code, 'unauthenticated');

  const rotate = ['secrets', 'rotate', secretId, '--overlap', '60', '--field', 'token=-', '--json'];
  const overlapping = await alter(rotate, canary());
  assert.equal(overlapping.code, 0, overlapping.err);
  assert.ok(JSON.parse(overlapping.out).overlap_until);
  await json('secrets', 'end-overlap', secretId);
  for (const args of [
    ['--unused-days', '90'],
    ['--rotate-due', '14'],
  ])
    await json('secrets', 'list', ...args);
});

test('channels are made, tested and removed', async () => {
  const made = await json(
    'channels',
    'create',
    'webhook',
    '--name',
    'ops',
    '--url',
    `${upstream.origin}/hook`,
  );
  assert.match(made.signing_secret, /^whsec_/);
  const tried = await alter(['channels', 'test', 'ops']);
  assert.equal(tried.code, 0, tried.out + tried.err);
  assert.equal(upstream.requests.at(-1)?.url, '/hook');
  await json('channels', 'deliveries', 'ops');
  await json('channels', 'rotate', 'ops', '--overlap-seconds', '0');
  await json('channels', 'delete', 'ops');
});
