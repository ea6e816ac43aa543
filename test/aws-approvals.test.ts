/** An approved call whose credential assumes a role: whoever approves sees which, and it is assumed once, for the one execution (I11). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ended, holdPolicy, decide, person, type Person } from './approvals-rig.ts';
import { startPathRig, type PathRig } from './path-rig.ts';
import { keyIdOf, startSts, type TestSts, type TestUser } from './sts-server.ts';
import { canary, stopPostgres, type Json } from './vault.ts';

const REGION = 'eu-central-1';
const ROLE = { arn: 'arn:aws:iam::123456789012:role/payer', externalId: 'tenant-7' };
const USER: TestUser = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: canary() };
const NEW: TestUser = { accessKeyId: 'AKIANEWNEWNEWNEWNEW0', secret: canary() };

let rig: PathRig;
let aws: TestSts;
let approver: Person;

before(async () => {
  rig = await startPathRig();
  aws = await startSts(USER, ROLE, REGION);
  approver = await person(rig.vault, 'approver');
});
beforeEach(() => {
  for (const { requests } of [aws.sts, aws.service]) requests.splice(0);
  aws.assumed.splice(0);
  aws.know(USER);
});
after(async () => {
  await aws?.stop();
  await rig?.stop();
  await stopPostgres();
});

const credential = ({ accessKeyId, secret }: TestUser): Record<string, string> => ({
  access_key_id: accessKeyId,
  secret_access_key: secret,
  region: REGION,
  service: 's3',
  role_arn: ROLE.arn,
  external_id: ROLE.externalId,
  sts_endpoint: aws.sts.origin,
});

interface Guarded {
  readonly grantId: string;
  readonly path: string;
}

/** A grant whose calls are held. */
async function guarded(): Promise<Guarded> {
  const { grantId, secretId } = await rig.grant({
    credential: credential(USER),
    more: { credential_type: 'aws_sigv4', allowed_hosts: [aws.service.host, aws.sts.host] },
  });
  await holdPolicy(rig.vault, { grant_id: grantId }, { approvers: ['approver'] });
  return { grantId, path: `/v1/apps/default/secrets/${secretId}` };
}

async function held(grantId: string): Promise<string> {
  const answer = await rig.call(grantId, `${aws.service.origin}/invoices/2026/11`, {
    method: 'PUT',
    body: 'pay 5',
    headers: ['Alter-Caller', 'nightly%20payer', 'Alter-Reason', 'invoice%20of%20November'],
  });
  assert.equal(answer.status, 202, answer.text);
  return answer.json.approval.approval_id;
}

test('I11 R14: an approved call assumes its role once, in the name of its caller, and who approves sees which role', async () => {
  const { grantId, path } = await guarded();
  assert.equal((await rig.vault.ok('GET', path)).role_arn, ROLE.arn);
  const id = await held(grantId);
  assert.equal(aws.sts.requests.length, 0, 'I3: for a call that waits no role is assumed');
  const seen = await rig.vault.api('GET', `/v1/approvals/${id}/request`, undefined, {
    token: approver.token,
  });
  assert.equal(seen.json.request.role_arn, ROLE.arn);
  assert.equal(seen.json.said.caller, 'nightly payer');
  assert.ok(!seen.text.includes(USER.secret) && !seen.text.includes(ROLE.externalId));
  assert.equal((await decide(rig.vault, id, approver)).status, 200);
  const state = await ended(rig.vault, id, rig.key);
  assert.deepEqual([state.status, state.has_result], ['executed', true]);

  assert.equal(aws.sts.requests.length, 1);
  const [by, ...others] = aws.assumed;
  assert.ok(by !== undefined && others.length === 0);
  assert.deepEqual(
    [by.form.get('RoleArn'), by.form.get('RoleSessionName'), by.form.get('ExternalId')],
    [ROLE.arn, 'alter-nightly-payer', ROLE.externalId],
  );
  assert.deepEqual(aws.faults, [], 'the service verified the signature of the temporary credential');
  assert.deepEqual(
    aws.service.requests.map(({ method, body, headers }) => [
      method,
      body.toString(),
      headers['x-amz-security-token'],
    ]),
    [['PUT', 'pay 5', by.token]],
  );

  const events = await rig.events(grantId, 3);
  const calls = events.filter(({ kind }: Json) => kind.startsWith('call.'));
  assert.deepEqual(
    calls.map(({ kind, actor, reason, approval_id: of }: Json) => [kind, actor.caller, reason, of]),
    ['call.held', 'call.authorized', 'call.completed'].map((kind) => [
      kind,
      'nightly payer',
      'invoice of November',
      id,
    ]),
  );
  assert.equal(new Set(calls.map(({ request_id: requestId }: Json) => requestId)).size, 1);
  const completed = calls.at(-1);
  assert.deepEqual([completed.status_code, completed.code, completed.flags], [200, null, []]);
  const log = JSON.stringify(events) + rig.vault.log();
  for (const secret of [USER.secret, by.secret, by.token]) assert.ok(!log.includes(secret), 'I8');
});

test('I11: in an overlap an approved call has the current version only, and a role that is refused is asked for once', async () => {
  const { grantId, path } = await guarded();
  await rig.vault.ok('PUT', `${path}/credential`, { credential: credential(NEW), overlap_seconds: 600 });
  const id = await held(grantId);
  assert.equal((await decide(rig.vault, id, approver)).status, 200);
  const state = await ended(rig.vault, id, rig.key);
  assert.equal(state.status, 'failed');
  assert.deepEqual([state.error.code, state.error.may_have_been_sent], ['role_refused', false]);
  assert.deepEqual(aws.sts.requests.map(keyIdOf), [NEW.accessKeyId]);
  assert.equal(aws.service.requests.length, 0);
  const completed = (await rig.events(grantId, 3)).find(({ kind }: Json) => kind === 'call.completed');
  assert.deepEqual([completed.code, completed.flags], ['role_refused', []]);
});

test('the role that is shown is that of the version in use, and none where it was given up', async () => {
  const { path } = await guarded();
  const other = { ...credential(USER), role_arn: 'arn:aws:iam::123456789012:role/other' };
  await rig.vault.ok('PUT', `${path}/credential`, { credential: other });
  assert.equal((await rig.vault.ok('GET', path)).role_arn, other.role_arn);
  await rig.vault.ok('PATCH', path, { name: `renamed-${Date.now()}` });
  assert.equal((await rig.vault.ok('GET', path)).role_arn, other.role_arn);
  const direct = { ...other, role_arn: '', external_id: '', sts_endpoint: '' };
  await rig.vault.ok('PUT', `${path}/credential`, { credential: direct });
  assert.equal((await rig.vault.ok('GET', path)).role_arn, null);
  const plain = await rig.grant({
    credential: { token: canary(), role_arn: 'tenant' },
    more: { credential_type: 'api_key' },
  });
  assert.equal((await rig.vault.ok('GET', `/v1/apps/default/secrets/${plain.secretId}`)).role_arn, null);
});
