/** I11: an approved call is executed at most once, and only as the bytes that the approver saw; everything is checked again then. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { sealApproval } from '../packages/server/src/approvals/rows.ts';
import { findApproval, updateApproval } from '../packages/server/src/store/approvals.ts';
import { sealBlob } from '../packages/server/src/vault/seal-blob.ts';
import { lengthPrefixed } from '../packages/server/src/vault/parts.ts';
import { Secret } from '../packages/server/src/vault/secret.ts';
import { decodeHeld, encodeHeld } from '../packages/server/src/approvals/held-request.ts';
import { loadBlob } from '../packages/server/src/approvals/blobs.ts';
import { codeOf, decide, ended, holdPolicy, person, state, type Person } from './approvals-rig.ts';
import { asSession, csrfOf, stepUp } from './sessions.ts';
import { onDatabase, sql } from './postgres.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, testPostgres, type Answer } from './vault.ts';

let vault: Awaited<ReturnType<typeof startVault>>;
let upstream: Upstream;
let approver: Person;
let superuser: string;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  approver = await person(vault, 'approver');
  const { superuserUrl } = await testPostgres();
  superuser = onDatabase(superuserUrl, new URL(vault.urls.runtimeUrl).pathname.slice(1));
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

interface Held {
  readonly id: string;
  readonly key: string;
  readonly keyId: string;
  readonly secretId: string;
  readonly grantId: string;
  readonly policyId: string;
  readonly path: string;
  /** How often the upstream saw it. */
  sent(): number;
}

let calls = 0;

/** A call that is held under a policy of its own secret. */
async function hold(
  rule: Record<string, unknown> = {},
  more: { key?: Record<string, unknown>; init?: RequestInit & { alter?: Record<string, string> } } = {},
): Promise<Held> {
  const { api_key: key, key_id: keyId } = await vault.key(more.key);
  const { secret_id: secretId, grant_id: grantId } = await vault.secret(upstream.host);
  const { policy_id: policyId } = await holdPolicy(
    vault,
    { secret_id: secretId },
    { approvers: ['approver'], ...rule },
  );
  calls += 1;
  const path = `/call/${calls}`;
  const init = { method: 'POST', body: '{"amount":1}', ...more.init };
  const answer = await vault.proxy(key, grantId, upstream.origin + path, init);
  assert.equal(answer.status, 202, answer.text);
  const { approval } = answer.json;
  assert.equal(answer.headers.get('alter-approval'), approval.approval_id);
  const sent = (): number => upstream.requests.filter(({ url }) => url === path).length;
  assert.equal(sent(), 0, 'nothing goes out before somebody has approved');
  return { id: approval.approval_id, key, keyId, secretId, grantId, policyId, path, sent };
}

async function approve(held: Held, by: Person = approver): Promise<void> {
  const answer = await decide(vault, held.id, by);
  assert.equal(answer.status, 200, answer.text);
}

/** The call ends as failed with this code, and nothing was sent. */
async function failsWith(held: Held, code: string): Promise<void> {
  const end = await ended(vault, held.id, held.key);
  assert.equal(end.status, 'failed', JSON.stringify(end));
  assert.equal(end.error.code, code);
  assert.equal(end.error.may_have_been_sent, false);
  assert.equal(held.sent(), 0);
  const [event] = await vault.audit({ approval_id: held.id, kind: 'approval.failed' });
  assert.equal(event?.code, code);
}

const kindsOf = async (id: string): Promise<string[]> =>
  (await vault.audit({ approval_id: id })).map((event) => event.kind).reverse();

describe('the life of a held call', () => {
  test('I11: it is held, approved, sent once as it was shown, and every step stands in the log', async () => {
    const held = await hold(
      {},
      { init: { headers: { 'X-Order': '7' }, alter: { 'Alter-Reason': 'refund' } } },
    );
    const seen = await vault.api('GET', `/v1/approvals/${held.id}/request`, undefined, {
      token: approver.token,
    });
    assert.equal(seen.status, 200, seen.text);
    await approve(held);
    const end = await ended(vault, held.id, held.key);
    assert.equal(end.status, 'executed');
    assert.equal(end.has_result, true);
    assert.equal(held.sent(), 1);
    const sent = upstream.requests.find(({ url }) => url === held.path);
    assert.equal(sent?.method, seen.json.request.method);
    assert.equal(upstream.origin + (sent?.url ?? ''), seen.json.request.url);
    assert.equal(sent?.body.toString(), seen.json.request.body.text);
    assert.match(String(sent?.headers.authorization), /^Bearer /);
    const made = new Set(['host', 'connection', 'content-length', 'authorization']);
    const rest = (sent?.rawHeaders ?? []).filter(
      (_, i, all) => !made.has((all[i - (i % 2)] ?? '').toLowerCase()),
    );
    assert.deepEqual(rest, seen.json.request.headers.flat());
    assert.deepEqual(await kindsOf(held.id), [
      'call.held',
      'approval.decided',
      'approval.approved',
      'call.authorized',
      'call.completed',
      'approval.executed',
    ]);
    const [authorized] = await vault.audit({ approval_id: held.id, kind: 'call.authorized' });
    assert.equal(authorized.reason, 'refund');
    assert.equal(authorized.request_id, end.request_id);
  });

  test('I11: the one who decides can name the digest of what they saw; another one is a conflict', async () => {
    const held = await hold();
    const wrong = { decision: 'approve', request_digest: '0'.repeat(64) };
    assert.equal(codeOf(await decide(vault, held.id, approver, wrong)), 'conflict');
    const { request_digest } = (await state(vault, held.id, held.key)).json;
    assert.equal(
      (await decide(vault, held.id, approver, { decision: 'approve', request_digest })).status,
      200,
    );
    assert.equal((await ended(vault, held.id, held.key)).status, 'executed');
  });

  test('I11: a denial is final, with its reason', async () => {
    const held = await hold();
    assert.equal(
      (await decide(vault, held.id, approver, { decision: 'deny', reason: 'not today' })).status,
      200,
    );
    const end = await ended(vault, held.id, held.key);
    assert.deepEqual([end.status, end.decision_reason], ['denied', 'not today']);
    assert.equal(codeOf(await decide(vault, held.id, approver)), 'conflict');
    const result = await vault.api('GET', `/v1/approvals/${held.id}/result`, undefined, { token: held.key });
    assert.equal(codeOf(result), 'approval_denied');
    assert.equal(held.sent(), 0);
  });

  test('I11: of several policies each has its quorum, and the shortest time counts', async () => {
    const other = await person(vault, 'approver');
    const { api_key: key } = await vault.key();
    const { secret_id, grant_id } = await vault.secret(upstream.host);
    await holdPolicy(vault, { secret_id }, { approvers: ['approver'], quorum: 2, expires_in_seconds: 600 });
    await holdPolicy(vault, { grant_id }, { approvers: [other.memberId], expires_in_seconds: 60 });
    const answer = await vault.proxy(key, grant_id, `${upstream.origin}/quorums`, { method: 'POST' });
    const { approval_id: id, expires_at } = answer.json.approval;
    assert.ok(Date.parse(expires_at) - Date.now() < 70_000);
    await decide(vault, id, approver);
    assert.equal((await state(vault, id, key)).json.status, 'pending');
    await decide(vault, id, other);
    assert.equal((await ended(vault, id, key)).status, 'executed');
  });

  test('I11: in request mode a grant that needs approval releases nothing', async () => {
    const held = await hold();
    const body = { grant_id: held.grantId, method: 'POST', url: upstream.origin };
    assert.equal(codeOf(await vault.release(held.key, body)), 'proxy_required');
  });

  test('I11: a body condition decides which calls are held; a body over the limit is refused', async () => {
    const { api_key: key } = await vault.key();
    const { secret_id, grant_id } = await vault.secret(upstream.host);
    const when = { json: [{ pointer: '/amount', op: 'gte', value: 100 }] };
    await holdPolicy(vault, { secret_id }, { approvers: ['approver'], when });
    const call = (amount: number, pad = ''): Promise<Answer> =>
      vault.proxy(key, grant_id, `${upstream.origin}/when`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ amount, pad }),
      });
    assert.equal((await call(99)).status, 200);
    assert.equal((await call(100)).status, 202);
    assert.equal(codeOf(await call(1, 'x'.repeat(11 * 1024 * 1024))), 'payload_too_large');
  });
});

describe('A1: what was approved is what is executed', () => {
  test('A1: another version of the credential is approval_stale', async () => {
    const held = await hold();
    await vault.ok('PUT', `/v1/apps/default/secrets/${held.secretId}/credential`, {
      credential: { token: canary() },
    });
    await approve(held);
    await failsWith(held, 'approval_stale');
  });

  test('A1: another binding is approval_stale', async () => {
    const held = await hold();
    await vault.ok('PATCH', `/v1/apps/default/secrets/${held.secretId}`, { delivery: 'proxy_only' });
    await approve(held);
    await failsWith(held, 'approval_stale');
  });

  test('A1: a policy that denies by now is policy_denied, with its id', async () => {
    const held = await hold();
    const rule = { type: 'request', effect: 'deny', methods: ['POST'] };
    const { policy_id } = await vault.ok('POST', '/v1/apps/default/policies', {
      name: `deny-${held.id}`,
      applies_to: { grant_id: held.grantId },
      rule,
    });
    await approve(held);
    await failsWith(held, 'policy_denied');
    assert.equal((await state(vault, held.id, held.key)).json.error.policy_id, policy_id);
  });

  test('A1: a policy that asks for more people by now is approval_stale', async () => {
    const held = await hold();
    await holdPolicy(vault, { grant_id: held.grantId }, { approvers: ['owner'] });
    await approve(held);
    await failsWith(held, 'approval_stale');
  });

  test('A1, I12: a revoked grant is grant_revoked, a deleted secret not_found', async () => {
    const held = await hold();
    await vault.ok('POST', `/v1/grants/${held.grantId}/revoke`, {});
    await approve(held);
    await failsWith(held, 'grant_revoked');
    const other = await hold();
    await vault.api('DELETE', `/v1/apps/default/secrets/${other.secretId}`);
    await approve(other);
    await failsWith(other, 'not_found');
  });

  test('A1, I12: a call of a revoked key is not sent', async () => {
    const held = await hold();
    await vault.api('DELETE', `/v1/apps/default/keys/${held.keyId}`);
    await approve(held);
    const end = async () =>
      (await vault.ok('GET', '/v1/apps/default/approvals')).items.find(
        (one: { approval_id: string }) => one.approval_id === held.id,
      );
    for (let i = 0; i < 200 && (await end()).status !== 'failed'; i += 1) await pause(25);
    assert.equal((await end()).error.code, 'unauthenticated');
    assert.equal(held.sent(), 0);
  });

  test('A1: an approver who is demoted between decision and execution is approval_stale', async () => {
    const leaving = await person(vault, 'approver');
    const held = await hold({ approvers: [leaving.memberId, 'approver'] });
    const client = await locking(`SELECT FROM apps WHERE name = 'default' FOR UPDATE`);
    try {
      await approve(held, leaving);
      await vault.api('DELETE', `/v1/members/${leaving.memberId}`);
    } finally {
      await client.end();
    }
    await failsWith(held, 'approval_stale');
  });

  for (const [what, change] of [
    ['one bit of the body', (held: Bytes) => ({ ...held, body: flipped(held.body) })],
    ['a header', (held: Bytes) => ({ ...held, headers: [...held.headers, 'X-More', '1'] })],
    ['the URL', (held: Bytes) => ({ ...held, url: `${held.url}?more=1` })],
    ['the method', (held: Bytes) => ({ ...held, method: 'PUT' })],
  ] as const) {
    test(`A1: ${what} changed by somebody who holds the keys is approval_stale`, async () => {
      const held = await hold();
      const { app_id, row } = await rowOf(held.id);
      const { db } = vault.server.api;
      const keyring = vault.server.api.keyring();
      const before = decodeHeld((await loadBlob(db, holder(), row, 'request')) ?? assert.fail());
      const sealed = sealBlob(
        keyring,
        'approval-request',
        lengthPrefixed([app_id, held.id]),
        Secret.fromBytes(encodeHeld(change(before))),
      );
      await sql(superuser, 'UPDATE approval_blobs SET sealed = $2 WHERE approval_id = $1', [held.id, sealed]);
      await approve(held);
      await failsWith(held, 'approval_stale');
    });
  }
});

type Bytes = ReturnType<typeof decodeHeld>;
const flipped = (body: Buffer | null): Buffer =>
  Buffer.from((body ?? Buffer.alloc(1)).map((byte, i) => (i === 0 ? byte ^ 1 : byte)));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const holder = () => ({ current: () => vault.server.api.keyring(), reload: async () => undefined }) as never;

async function rowOf(id: string) {
  const [found] = await sql(superuser, 'SELECT app_id FROM approvals WHERE approval_id = $1', [id]);
  const app_id = String(found?.['app_id']);
  const row = await findApproval(vault.server.api.db, app_id, id);
  return { app_id, row: row ?? assert.fail() };
}

/** A connection that holds a lock until it ends. */
async function locking(statement: string): Promise<Client> {
  const client = new Client({ connectionString: superuser });
  await client.connect();
  await client.query('BEGIN');
  await client.query(statement);
  return client;
}

describe('I6, F15: what SQL put in or changed executes nothing', () => {
  const settle = (): Promise<void> => pause(2_500);

  test('I6: a status set by SQL', async () => {
    const held = await hold();
    await sql(superuser, `UPDATE approvals SET status = 'approved' WHERE approval_id = $1`, [held.id]);
    await settle();
    assert.equal(held.sent(), 0);
    assert.equal(codeOf(await state(vault, held.id, held.key)), 'integrity_error');
    assert.match(vault.log(), /"alarm":"integrity"/);
  });

  test('I6: terms and digest changed by SQL', async () => {
    for (const change of [`terms = jsonb_set(terms, '{0,quorum}', '0')`, `request_digest = sha256('x')`]) {
      const held = await hold({ quorum: 2 });
      await sql(superuser, `UPDATE approvals SET ${change} WHERE approval_id = $1`, [held.id]);
      assert.equal(codeOf(await decide(vault, held.id, approver)), 'integrity_error');
      assert.equal(held.sent(), 0);
    }
  });

  test('I6: a decision put in by SQL, or copied from another call', async () => {
    const other = await person(vault, 'approver');
    const held = await hold({ quorum: 2 });
    const source = await hold();
    await decide(vault, source.id, other);
    await sql(
      superuser,
      `INSERT INTO approval_decisions SELECT app_id, $1, member_id, decision, reason, via, decided_at, mac
       FROM approval_decisions WHERE approval_id = $2`,
      [held.id, source.id],
    );
    assert.equal(codeOf(await decide(vault, held.id, approver)), 'integrity_error');
    await settle();
    assert.equal(held.sent(), 0);
  });

  test('F15, A2: the row of before its execution, put back, is not executed again: the log tells', async () => {
    const held = await hold();
    const client = await locking(`SELECT FROM apps WHERE name = 'default' FOR UPDATE`);
    await approve(held);
    const { row } = await rowOf(held.id);
    assert.equal(row.status, 'approved');
    const [blob] = await sql(superuser, `SELECT * FROM approval_blobs WHERE approval_id = $1`, [held.id]);
    assert.ok(blob);
    await client.end();
    assert.equal((await ended(vault, held.id, held.key)).status, 'executed');
    await vault.server.api.db.transaction((tx) => updateApproval(tx, row));
    await settle();
    assert.equal(held.sent(), 1);
  });

  test('F14: a sealed request that was changed ends as integrity_error', async () => {
    const held = await hold();
    await sql(
      superuser,
      `UPDATE approval_blobs SET sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)
       WHERE approval_id = $1`,
      [held.id],
    );
    await approve(held);
    await failsWith(held, 'integrity_error');
  });
});

describe('A3: nobody approves their own call; a quorum counts distinct people', () => {
  test('A3: the owner of the key, and a developer who made it, can not decide on it', async () => {
    const held = await hold({}, { key: { owner_member_id: approver.memberId } });
    assert.equal(codeOf(await decide(vault, held.id, approver)), 'insufficient_scope');

    const developer = await person(vault, 'developer');
    const made = await vault.api(
      'POST',
      '/v1/apps/default/keys',
      { name: 'mine' },
      { token: developer.token },
    );
    const { secret_id, grant_id } = await vault.secret(upstream.host);
    await holdPolicy(vault, { secret_id }, { approvers: ['developer', 'approver'] });
    const answer = await vault.proxy(made.json.api_key, grant_id, `${upstream.origin}/own`, {
      method: 'POST',
    });
    const { approval_id: id } = answer.json.approval;
    await stepUp(vault, developer.cookie);
    const path = `/v1/approvals/${id}/decision`;
    const own = await asSession(vault, developer.cookie, 'POST', path, { decision: 'approve' });
    assert.equal(codeOf(own), 'insufficient_scope');
    // Becoming an admin afterwards makes it nobody else's call.
    await vault.ok('PATCH', `/v1/members/${developer.memberId}`, { role: 'approver' });
    const again = await vault.api('POST', path, { decision: 'approve' }, { token: developer.token });
    assert.notEqual(again.status, 200);
    assert.equal((await decide(vault, id, approver)).status, 200);
  });

  test('A3: the same member counts once, by token and by session', async () => {
    const held = await hold({ quorum: 2 });
    await approve(held);
    assert.equal(codeOf(await decide(vault, held.id, approver)), 'conflict');
    await stepUp(vault, approver.cookie);
    const path = `/v1/approvals/${held.id}/decision`;
    const second = await asSession(vault, approver.cookie, 'POST', path, { decision: 'approve' });
    assert.equal(codeOf(second), 'conflict');
    assert.equal((await state(vault, held.id, held.key)).json.status, 'pending');
  });

  test('A3: an approval of somebody who left does not count towards the quorum', async () => {
    const leaving = await person(vault, 'approver');
    const held = await hold({ quorum: 2 });
    await approve(held, leaving);
    await vault.api('DELETE', `/v1/members/${leaving.memberId}`);
    await approve(held);
    assert.equal((await state(vault, held.id, held.key)).json.status, 'pending');
  });

  test('A3: owners and admins decide only where they are named', async () => {
    const held = await hold();
    const path = `/v1/approvals/${held.id}/decision`;
    assert.equal(codeOf(await vault.api('POST', path, { decision: 'approve' })), 'insufficient_scope');
    const seen = await vault.api('GET', `/v1/approvals/${held.id}/request`);
    assert.equal(codeOf(seen), 'insufficient_scope');
  });

  test('A3, W1: a session decides only after a step-up, from our pages, and never by GET', async () => {
    const held = await hold();
    const fresh = await person(vault, 'approver');
    const path = `/v1/approvals/${held.id}/decision`;
    const body = { decision: 'approve' };
    const early = await asSession(vault, fresh.cookie, 'POST', path, body);
    assert.equal(codeOf(early), 'step_up_required');
    assert.deepEqual(early.json.error.step_up_methods, ['password']);
    const wrong = await asSession(vault, fresh.cookie, 'POST', '/v1/session/step-up', { password: 'wrong' });
    assert.equal(codeOf(wrong), 'unauthenticated');
    const right = await asSession(vault, fresh.cookie, 'POST', '/v1/session/step-up', {
      password: fresh.password,
    });
    assert.equal(right.status, 200, right.text);
    const csrf = { 'Alter-Csrf': await csrfOf(vault, fresh.cookie) };
    const foreign = { Cookie: fresh.cookie, ...csrf, Origin: 'https://evil.example' };
    const crossSite = await vault.api('POST', path, body, { token: null, headers: foreign });
    assert.equal(codeOf(crossSite), 'insufficient_scope');
    assert.equal((await asSession(vault, fresh.cookie, 'GET', path)).status, 404);
    assert.equal((await state(vault, held.id, held.key)).json.status, 'pending');
    assert.equal((await asSession(vault, fresh.cookie, 'POST', path, body)).status, 200);
    assert.ok((await vault.audit({ kind: 'member.stepped_up' })).length > 0);
  });

  test('A3: a step-up put in by SQL is none', async () => {
    const held = await hold();
    const fresh = await person(vault, 'approver');
    await sql(
      superuser,
      `UPDATE sessions SET stepped_up_at = now(), step_up_mac = '\\x00' WHERE member_id = $1`,
      [fresh.memberId],
    );
    const path = `/v1/approvals/${held.id}/decision`;
    const answer = await asSession(vault, fresh.cookie, 'POST', path, { decision: 'approve' });
    assert.equal(codeOf(answer), 'step_up_required');
  });
});

describe("A5: the database's clock decides", () => {
  const HOUR_MS = 3_600_000;
  for (const skewMs of [HOUR_MS, -HOUR_MS])
    test(`A5: a server whose clock is off by ${skewMs / HOUR_MS} h decides the same`, async (t) => {
      const real = Date.now;
      Date.now = () => real() + skewMs;
      t.after(() => (Date.now = real));
      const held = await hold({ expires_in_seconds: 60 });
      const left = Date.parse((await state(vault, held.id, held.key)).json.expires_at) - real();
      assert.ok(left > 50_000 && left < 61_000, `${left} ms`);
      await approve(held);
      assert.equal((await ended(vault, held.id, held.key)).status, 'executed');
      const late = await hold();
      await makeOverdue(late.id);
      assert.equal(codeOf(await decide(vault, late.id, approver)), 'approval_expired');
      assert.equal((await state(vault, late.id, late.key)).json.status, 'expired');
      assert.equal(late.sent(), 0);
    });

  test('A5: what ran out ends as expired, approved or not, and is not sent', async () => {
    const held = await hold();
    await makeOverdue(held.id);
    assert.equal((await ended(vault, held.id, held.key)).status, 'expired');
    assert.deepEqual((await kindsOf(held.id)).toSorted(), ['approval.expired', 'call.held']);
    const approved = await hold();
    const client = await locking(`SELECT FROM apps WHERE name = 'default' FOR UPDATE`);
    try {
      await approve(approved);
      await makeOverdue(approved.id);
    } finally {
      await client.end();
    }
    assert.equal((await ended(vault, approved.id, approved.key)).status, 'expired');
    assert.equal(approved.sent(), 0);
  });
});

/** Lets the time of an approval run out, as its own server would have written it. */
async function makeOverdue(id: string): Promise<void> {
  const { row } = await rowOf(id);
  const past = sealApproval(vault.server.api.macKey(), {
    ...row,
    expires_at: new Date(row.created_at.getTime() - 1000),
  });
  await sql(superuser, 'UPDATE approvals SET expires_at = $2, mac = $3 WHERE approval_id = $1', [
    id,
    past.expires_at,
    past.mac,
  ]);
}
