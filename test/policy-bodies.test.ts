/** Bodies under policies, through the proxy: what is monitored is judged too, and changes nothing. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const HELD_BYTES_MAX = 300_000;
let vault: TestVault;
let upstream: Upstream;
let key: string;
before(async () => {
  upstream = await startUpstream();
  vault = await startVault({ env: { ALTER_HELD_BODY_BYTES_MAX: String(HELD_BYTES_MAX) } });
  key = (await vault.key()).api_key;
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

const LARGE_AMOUNTS = {
  type: 'request',
  effect: 'deny',
  json: [{ pointer: '/amount', op: 'gte', value: 100 }],
};

async function grantUnder(rule: Record<string, unknown>, mode: 'enforce' | 'monitor') {
  const { grant_id } = await vault.secret(upstream.host);
  const policy = await vault.ok('POST', '/v1/apps/default/policies', {
    name: `p-${randomBytes(6).toString('hex')}`,
    applies_to: { grant_id },
    mode,
    rule,
  });
  return { grantId: grant_id, policyId: String(policy.policy_id) };
}

const post = (grantId: string, body: string | ReadableStream) =>
  vault.proxy(key, grantId, `${upstream.origin}/pay`, {
    method: 'POST',
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
  });

const flagsOf = async (grantId: string): Promise<string[]> =>
  (await vault.audit({ kind: 'call.authorized', grant_id: grantId }))[0].flags;

describe('a monitored body condition', () => {
  test('judges what comes, writes it down, and lets it through as it came', async () => {
    const { grantId, policyId } = await grantUnder(LARGE_AMOUNTS, 'monitor');
    const body = '{ "amount" : 250.0 }';
    assert.equal((await post(grantId, body)).status, 200);
    assert.equal(upstream.requests.at(-1)?.body.toString(), body);
    assert.deepEqual(await flagsOf(grantId), ['monitor_denied', `monitor:${policyId}`]);
    assert.equal((await post(grantId, '{"amount":99}')).status, 200);
    assert.deepEqual(await flagsOf(grantId), []);
  });

  test('leaves a body that is too large, or of no known length, to stream on, and says that it did not see it', async () => {
    const { grantId, policyId } = await grantUnder(LARGE_AMOUNTS, 'monitor');
    const large = JSON.stringify({ amount: 1, text: 'x'.repeat(HELD_BYTES_MAX) });
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('{"amount":250}'));
        controller.close();
      },
    });
    for (const body of [large, stream]) {
      assert.equal((await post(grantId, body)).status, 200);
      assert.deepEqual(await flagsOf(grantId), ['monitor_undetermined', `monitor:${policyId}`]);
    }
    assert.equal(upstream.requests.at(-2)?.body.length, large.length);
  });

  test('makes no grant proxy-only', async () => {
    const { grantId, policyId } = await grantUnder(LARGE_AMOUNTS, 'monitor');
    const answer = await vault.release(key, {
      grant_id: grantId,
      method: 'POST',
      url: `${upstream.origin}/pay`,
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(await flagsOf(grantId), ['monitor_undetermined', `monitor:${policyId}`]);
  });
});

test('A11: a large body under an enforced condition is judged whole, while other calls go on', async () => {
  const { grantId } = await grantUnder(LARGE_AMOUNTS, 'enforce');
  const rows = (amount: number) =>
    JSON.stringify({ rows: Array.from({ length: 60_000 }, () => 'abc'.slice(0, 1)), amount });
  assert.ok(rows(1).length > 200_000 && rows(1).length < HELD_BYTES_MAX);
  assert.equal((await post(grantId, rows(99))).status, 200);
  const denied = await post(grantId, rows(100));
  assert.equal(denied.json.error.code, 'policy_denied');
  assert.equal((await post(grantId, JSON.stringify('x'.repeat(HELD_BYTES_MAX)))).status, 413);
});
