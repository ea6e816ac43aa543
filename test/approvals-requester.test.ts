/** The requester's side of a held call, and what an approver is shown of it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { requestDigest } from '../packages/server/src/approvals/held-request.ts';
import { Waiters } from '../packages/server/src/approvals/waiters.ts';
import { Refusal } from '../packages/server/src/refusal.ts';
import { codeOf, decide, ended, holdPolicy, person, state, type Person } from './approvals-rig.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Answer } from './vault.ts';

let vault: Awaited<ReturnType<typeof startVault>>;
let second: Awaited<ReturnType<typeof startVault>>;
let upstream: Upstream;
let approver: Person;
let key: string;
let grantId: string;
let token: string;

before(async () => {
  vault = await startVault();
  second = await startVault({ join: { urls: vault.urls, dataDir: vault.dataDir, token: vault.token } });
  upstream = await startUpstream();
  approver = await person(vault, 'approver');
  key = (await vault.key()).api_key;
  token = canary();
  const secret = await vault.secret(upstream.host, { token });
  grantId = secret.grant_id;
  await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
});
after(async () => {
  await second?.stop();
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

type Init = RequestInit & { alter?: Record<string, string> };

const call = (init: Init = {}, path = '/held'): Promise<Answer> =>
  vault.proxy(key, grantId, upstream.origin + path, { method: 'POST', body: 'x', ...init });

async function hold(init: Init = {}, path = '/held'): Promise<string> {
  const answer = await call(init, path);
  assert.equal(answer.status, 202, answer.text);
  return answer.json.approval.approval_id;
}

const get = (path: string, by: string, on = vault): Promise<Response> =>
  fetch(on.url + path, { headers: { Authorization: `Bearer ${by}` }, redirect: 'manual' });

describe('request_digest', () => {
  test('I11: is SHA-256 over the encoding that docs/approvals.md describes: its test vector', () => {
    const message = {
      method: 'POST',
      url: 'https://api.example.com/v1/refunds?dry=0',
      headers: ['Content-Type', 'application/json', 'X-Name', 'caf\xe9'],
      body: Buffer.from('{"amount":100}'),
    };
    const vector = 'bc3dbfca697b0ebeb348f34f272db93d4e2e8a4b7f765d68dbbd3043592b6b58';
    assert.equal(requestDigest(message).toString('hex'), vector);
  });

  test('I11: tells apart what only the borders of its parts tell apart', () => {
    const base = { method: 'POST', url: 'https://a.example/', headers: ['a', 'b', 'c', 'd'], body: null };
    const others = [
      { ...base, headers: ['a', 'b'] },
      { ...base, headers: ['ab', '', 'c', 'd'] },
      { ...base, headers: ['a', 'b', 'c', ''], body: Buffer.from('d') },
      { ...base, method: 'POS', url: 'Thttps://a.example/' },
    ];
    const digests = new Set([base, ...others].map((one) => requestDigest(one).toString('hex')));
    assert.equal(digests.size, 1 + others.length);
  });
});

describe('Idempotency-Key', () => {
  const headers = (name: string): Record<string, string> => ({ 'Idempotency-Key': name });

  test('A2: the same request finds the same held call, at once and after its end; another is a conflict', async () => {
    const first = await hold({ headers: headers('order-1') });
    const again = await Promise.all([1, 2, 3].map(() => hold({ headers: headers('order-1') })));
    assert.deepEqual(new Set(again), new Set([first]));
    assert.equal(codeOf(await call({ headers: headers('order-1'), body: 'y' })), 'conflict');
    await decide(vault, first, approver);
    assert.equal((await ended(vault, first, key)).status, 'executed');
    const late = await call({ headers: headers('order-1') });
    assert.deepEqual([late.status, late.json.approval.approval_id], [202, first]);
    assert.equal(late.json.approval.status, 'executed');
  });

  test('A2: many at the same moment are one held call', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => hold({ headers: headers('order-2') })));
    assert.equal(new Set(ids).size, 1);
  });

  test('A2: is of its key: another key holds a call of its own', async () => {
    const other = await vault.key();
    const mine = await hold({ headers: headers('order-3') });
    const answer = await vault.proxy(other.api_key, grantId, `${upstream.origin}/held`, {
      method: 'POST',
      body: 'x',
      headers: headers('order-3'),
    });
    assert.notEqual(answer.json.approval.approval_id, mine);
  });
});

describe('waiting, cancelling and the result', () => {
  test('a wait ends when the call ends, on whichever server that is decided', async () => {
    const id = await hold();
    const startedAt = performance.now();
    const waiting = state(second, id, key, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await decide(vault, id, approver);
    assert.equal((await waiting).json.status, 'executed');
    assert.ok(performance.now() - startedAt < 10_000);
  });

  test('a wait ends with its time, and takes at most 50 s', async () => {
    const id = await hold();
    const startedAt = performance.now();
    assert.equal((await state(vault, id, key, 300)).json.status, 'pending');
    assert.ok(performance.now() - startedAt >= 290);
    assert.equal(codeOf(await state(vault, id, key, 50_001)), 'invalid_request');
  });

  test('waiting is bounded, and over when the server stops', async () => {
    const waiters = new Waiters(1);
    const { signal } = new AbortController();
    const one = waiters.wait('a', 60_000, signal);
    await assert.rejects(
      waiters.wait('b', 60_000, signal),
      (error) => error instanceof Refusal && error.code === 'overloaded',
    );
    waiters.drain();
    await one;
    await waiters.wait('c', 60_000, signal);
  });

  test('a cancelled call is not sent, and can not be decided on', async () => {
    const id = await hold();
    const cancelled = await vault.api('POST', `/v1/approvals/${id}/cancel`, undefined, { token: key });
    assert.equal(cancelled.json.status, 'cancelled');
    assert.equal(codeOf(await decide(vault, id, approver)), 'conflict');
    const again = await vault.api('POST', `/v1/approvals/${id}/cancel`, undefined, { token: key });
    assert.equal(codeOf(again), 'conflict');
    const result = await get(`/v1/approvals/${id}/result`, key);
    assert.equal(result.headers.get('alter-error'), 'approval_cancelled');
    const [event] = await vault.audit({ approval_id: id, kind: 'approval.cancelled' });
    assert.ok(event.actor.key_id);
  });

  test('I9: state, result, cancelling and the list are for the requesting key; nobody else learns that it is there', async () => {
    const id = await hold();
    const other = (await vault.key()).api_key;
    const auditor = await person(vault, 'auditor');
    const random = '01890000-0000-7000-8000-000000000000';
    for (const by of [other, auditor.token])
      for (const path of ['', '/result']) {
        const [known, unknown] = await Promise.all([
          get(`/v1/approvals/${id}${path}`, by),
          get(`/v1/approvals/${random}${path}`, by),
        ]);
        assert.equal(known.status, 404);
        const text = async (from: Response) => (await from.text()).replaceAll(/"request_id":"[^"]*"/g, '');
        assert.equal(await text(known), await text(unknown));
      }
    const cancel = await vault.api('POST', `/v1/approvals/${id}/cancel`, undefined, { token: other });
    assert.equal(codeOf(cancel), 'not_found');
    const list = async (by: string, query = '') =>
      ((await (await get(`/v1/approvals${query}`, by)).json()) as { items: { approval_id: string }[] }).items;
    assert.deepEqual(await list(other), []);
    assert.ok((await list(key)).some((one) => one.approval_id === id));
    assert.ok((await list(key, '?status=pending')).some((one) => one.approval_id === id));
    assert.ok(!(await list(key, '?status=executed')).some((one) => one.approval_id === id));
    assert.equal((await get(`/v1/approvals/${id}`, approver.token)).status, 200);
  });

  test('P1, P5, P7: the result is the answer of the upstream, redacted, as a file and never as a page', async () => {
    upstream.behave((_request, response) => {
      response.setHeader('Set-Cookie', 'a=b');
      response.setHeader('X-Echo', `got ${token}`);
      response.writeHead(418, { 'Content-Type': 'text/html', 'Content-Security-Policy': 'default-src *' });
      response.end(`<script>alert(1)</script> ${token}`);
    });
    const id = await hold();
    assert.equal((await get(`/v1/approvals/${id}/result`, key)).headers.get('alter-error'), 'conflict');
    await decide(vault, id, approver);
    assert.equal((await ended(vault, id, key)).status, 'executed');
    for (const by of [key, approver.token]) {
      const result = await get(`/v1/approvals/${id}/result`, by, second);
      assert.equal(result.status, 418);
      assert.equal(result.headers.get('alter-error'), null);
      assert.equal(result.headers.get('set-cookie'), null);
      assert.equal(result.headers.get('x-echo'), 'got [redacted]');
      assert.match(result.headers.get('content-disposition') ?? '', /^attachment/);
      assert.equal(result.headers.get('x-content-type-options'), 'nosniff');
      assert.match(result.headers.get('content-security-policy') ?? '', /^sandbox/);
      assert.equal(await result.text(), '<script>alert(1)</script> [redacted]');
    }
    const [completed] = await vault.audit({ approval_id: id, kind: 'call.completed' });
    assert.deepEqual([completed.status_code, completed.flags], [418, ['secret_echoed']]);
  });

  test('P4: a result is kept up to a bound, and says when it is cut', async () => {
    upstream.behave((_request, response) => response.end(Buffer.alloc(12 * 1024 * 1024, 'a')));
    const id = await hold();
    await decide(vault, id, approver);
    assert.equal((await ended(vault, id, key)).result_truncated, true);
    const result = await get(`/v1/approvals/${id}/result`, key);
    assert.equal(result.headers.get('alter-result-truncated'), 'true');
    assert.equal((await result.arrayBuffer()).byteLength, 10 * 1024 * 1024);
  });

  test('P6: an upstream that breaks ends the call as failed, and says that it may have been sent', async () => {
    upstream.behave((request) => request.socket.destroy());
    const id = await hold();
    await decide(vault, id, approver);
    const end = await ended(vault, id, key);
    assert.deepEqual(
      [end.status, end.error.code, end.error.may_have_been_sent],
      ['failed', 'upstream_unreachable', true],
    );
    const result = await get(`/v1/approvals/${id}/result`, key);
    assert.equal(result.headers.get('alter-error'), 'upstream_unreachable');
  });
});

describe('A4: the approver sees what will be sent', () => {
  const seen = async (id: string) => {
    const answer = await vault.api('GET', `/v1/approvals/${id}/request`, undefined, {
      token: approver.token,
    });
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    assert.ok(!answer.text.includes(token), 'never the credential');
    return answer.json;
  };
  const whats = (of: { warnings: { where: string; what: string }[] }, where: string): string[] =>
    of.warnings.filter((one) => one.where === where).map((one) => one.what);

  for (const [what, body, warned] of [
    ['a direction override', 'pay \u202e001$ ot', ['direction_characters', 'not_ascii']],
    ['homoglyphs', 'p\u0430ypal', ['not_ascii']],
    ['ANSI escapes', '\u001b[2Kharmless', ['control_characters']],
    ['invisible characters', 'a\u200bb', ['invisible_characters', 'not_ascii']],
    ['markup', '<script>alert(1)</script>', []],
  ] as const)
    test(`A4: shown as it is, as data, and named: ${what}`, async () => {
      const shown = await seen(await hold({ body }));
      assert.deepEqual(shown.request.body, { encoding: 'text', text: body });
      assert.deepEqual(whats(shown, 'body'), warned);
    });

  test('A4: bytes that are no text are shown as base64, and 10 MB are shown whole', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    assert.deepEqual((await seen(await hold({ body: bytes }))).request.body, {
      encoding: 'base64',
      base64: bytes.toString('base64'),
    });
    const large = 'a'.repeat(10 * 1024 * 1024);
    const shown = await seen(await hold({ body: large }));
    assert.equal(shown.request.body_bytes, large.length);
    assert.ok(shown.request.body.text === large);
  });

  test('A4, S12: an international host is shown in its punycode form, with a warning', async () => {
    const secret = await vault.secret('xn--pypal-4ve.example');
    await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
    const answer = await vault.proxy(key, secret.grant_id, 'https://xn--pypal-4ve.example/pay');
    assert.equal(answer.status, 202, answer.text);
    const shown = await seen(answer.json.approval.approval_id);
    assert.equal(shown.request.host, 'xn--pypal-4ve.example');
    assert.deepEqual(whats(shown, 'host'), ['punycode']);
    assert.equal(shown.request.body, null);
  });

  test('A4, R2: what the caller put into a credential slot is not shown, for it is not sent', async () => {
    const id = await hold(
      { headers: { 'X-Api-Key': 'mine', 'X-Other': 'kept' } },
      '/held?api_key=mine&page=2',
    );
    const { request, said } = await seen(id);
    const names = request.headers.map(([name]: [string]) => name.toLowerCase());
    assert.ok(!names.includes('x-api-key') && names.includes('x-other'));
    assert.deepEqual(request.injected, [{ in: 'header', name: 'Authorization' }]);
    assert.equal(said.ip, '127.0.0.1');
  });
});
