/** Roles of AWS (R14): assumed for a call, kept sealed in memory, renewed ahead of their end; refusals that say what to do. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusalCode, startPathRig, type PathRig, type RawAnswer } from './path-rig.ts';
import { startSts, type TestSts } from './sts-server.ts';
import { canary, stopPostgres, type Answer } from './vault.ts';

const REGION = 'eu-central-1';
const ROLE = { arn: 'arn:aws:iam::123456789012:role/reader', externalId: 'tenant-7' };
const USER = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: canary() };

let rig: PathRig;
let aws: TestSts;

before(async () => {
  rig = await startPathRig();
  aws = await startSts(USER, ROLE, REGION);
});
after(async () => {
  await aws?.stop();
  await rig?.stop();
  await stopPostgres();
});

const credential = (more: Record<string, string> = {}): Record<string, string> => ({
  access_key_id: USER.accessKeyId,
  secret_access_key: USER.secret,
  region: REGION,
  service: 's3',
  role_arn: ROLE.arn,
  external_id: ROLE.externalId,
  sts_endpoint: aws.sts.origin,
  ...more,
});

const roleGrant = (more: Record<string, string> = {}) =>
  rig.grant({
    credential: credential(more),
    more: { credential_type: 'aws_sigv4', allowed_hosts: [aws.service.host, aws.sts.host] },
  });

const call = (grantId: string, path = '/b/k', headers: string[] = []): Promise<RawAnswer> =>
  rig.call(grantId, `${aws.service.origin}${path}`, { headers });

test('R14: a call is signed with a temporary credential of the role, whose session says who called', async () => {
  const made = await roleGrant({
    session_name: 'alter-{caller}-{agent}',
    duration_seconds: '900',
    session_policy: '{"Version":"2012-10-17","Statement":[]}',
    session_tags: '{"team":"billing","grant":"{grant}"}',
  });
  const before = aws.assumed.length;
  const answer = await call(made.grantId, '/b/k', ['Alter-Caller', 'nightly%20report%2F%C3%A9']);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(aws.faults, []);
  const { form } = aws.assumed[before] ?? assert.fail('no role was assumed');
  assert.deepEqual(Object.fromEntries(form), {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: ROLE.arn,
    RoleSessionName: 'alter-nightly-report--app',
    DurationSeconds: '900',
    ExternalId: ROLE.externalId,
    Policy: '{"Version":"2012-10-17","Statement":[]}',
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': 'billing',
    'Tags.member.2.Key': 'grant',
    'Tags.member.2.Value': made.grantId,
  });
  assert.equal((await call(made.grantId, '/b/k', ['Alter-Caller', 'another'])).status, 200);
  assert.equal(aws.assumed.length, before + 2, 'another caller is another session');
  const clone = await rig.vault.ok('POST', `/v1/grants/${made.grantId}/clone`, {});
  assert.equal((await call(clone.grant_id, '/b/k', ['Alter-Caller', 'another'])).status, 200);
  assert.equal(aws.assumed.length, before + 3, 'another grant is another session');
  const [, completed] = await rig.events(clone.grant_id, 2);
  assert.equal(completed.status_code, 200);
});

test('R14 R15: in request mode a signature of the temporary credential leaves, and neither secret key', async () => {
  const made = await roleGrant();
  const url = `${aws.service.origin}/b/request-mode`;
  const answer = await rig.vault.release(rig.key, { grant_id: made.grantId, method: 'GET', url });
  assert.equal(answer.status, 200, answer.text);
  const by = aws.assumed.at(-1) ?? assert.fail();
  assert.ok(!answer.text.includes(USER.secret) && !answer.text.includes(by.secret));
  const direct = await fetch(url, { headers: answer.json.inject.headers });
  assert.equal(await direct.text(), 'ok /b/request-mode');
  const presigned = await rig.vault.release(rig.key, {
    grant_id: made.grantId,
    method: 'GET',
    url,
    presign: { expires_in_seconds: 3600 },
  });
  assert.match(presigned.json.inject.url, /X-Amz-Security-Token=/);
  const endsInMs = Date.parse(presigned.json.expires_at) - Date.now();
  assert.ok(endsInMs <= 3600_000 && endsInMs > 3500_000, 'no longer than the session');
});

test('R14: 100 calls at once make one AssumeRole', async () => {
  const made = await roleGrant();
  const before = aws.assumed.length;
  aws.live(3600, 150);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => call(made.grantId, `/b/${at}`)));
  aws.live(3600);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(aws.assumed.length, before + 1);
});

test('R14: a credential that ends under load makes no call fail, and one is renewed at a time', async () => {
  const made = await roleGrant();
  const before = aws.assumed.length;
  aws.live(3, 100);
  const until = Date.now() + 7_000;
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (Date.now() < until) {
        const { status } = await call(made.grantId);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await sleep(5);
      }
    }),
  );
  aws.live(3600);
  assert.deepEqual([...statuses.keys()], [200]);
  const renewals = aws.assumed.length - before;
  assert.ok(renewals >= 3 && renewals <= 7, `${renewals} for 7 seconds of credentials that live 3`);
  assert.equal(aws.mostAtOnce(), 1);
  assert.deepEqual(aws.faults, []);
});

const refusalOf = async (grantId: string): Promise<{ code: string; message: string; hint: string }> => {
  const answer = await call(grantId);
  refusalCode(answer);
  return answer.json.error;
};

test('R14: a wrong external id is a clear error, and so is every other refusal; nothing was sent to the target', async () => {
  const sent = aws.service.requests.length;
  const wrong = await roleGrant({ external_id: 'tenant-8' });
  const denied = await refusalOf(wrong.grantId);
  assert.equal(denied.code, 'role_refused');
  assert.match(denied.message, /does not let this credential assume its role/);
  assert.match(denied.hint, /external_id that is stored must be exactly/);
  const missing = await refusalOf((await roleGrant({ external_id: '' })).grantId);
  assert.match(missing.hint, /asks for sts:ExternalId, store external_id/);
  const secret = await refusalOf((await roleGrant({ secret_access_key: canary() })).grantId);
  assert.match(secret.message, /secret access key of this credential is wrong/);
  const unknown = await refusalOf((await roleGrant({ access_key_id: 'AKIAIOSFODNN7UNKNOWN' })).grantId);
  assert.match(unknown.message, /does not know the access key/);
  const made = await roleGrant();
  for (const [code, pattern] of [
    ['ExpiredTokenException', /session token of this credential has expired/],
    ['RegionDisabledException', /not active in the region/],
    ['MalformedPolicyDocument', /session policy/],
    ['ValidationError', /one of the role fields/],
    ['NoSuchEntity', /does not exist/],
    ['SomethingNew', /did not assume the role.*SomethingNew/],
  ] as const) {
    aws.refuse({ status: 400, code });
    const error = await refusalOf(made.grantId);
    assert.equal(error.code, 'role_refused');
    assert.match(error.message, pattern);
  }
  for (const answer of [
    { status: 400, code: 'Throttling' },
    { status: 503, code: 'ServiceUnavailable' },
  ]) {
    aws.refuse(answer);
    assert.equal((await refusalOf(made.grantId)).code, 'unavailable');
  }
  assert.ok(!rig.vault.log().includes(USER.secret));
  assert.equal(aws.service.requests.length, sent);
  const [, completed] = await rig.events(wrong.grantId, 2);
  assert.deepEqual([completed.kind, completed.code], ['call.completed', 'role_refused']);
  aws.refuse(undefined);
  assert.equal((await call(made.grantId)).status, 200, 'and works once STS does');
});

test('S17 R14: STS is reached through the guard of egress, and one that is away is told from the target', async () => {
  const gone = await roleGrant({ sts_endpoint: aws.sts.origin.replace(/\d+$/, '1') }).catch(
    (error: unknown) => error,
  );
  assert.match(String(gone), /allowed hosts/, 'an endpoint is a host of the credential');
  const away = await rig.grant({
    credential: credential({ sts_endpoint: 'http://127.0.0.1:1' }),
    more: { credential_type: 'aws_sigv4', allowed_hosts: [aws.service.host, '127.0.0.1:1'] },
  });
  const error = await refusalOf(away.grantId);
  assert.equal(error.code, 'unavailable');
  assert.match(error.message, /STS could not be reached/);
  const metadata = await rig.grant({
    credential: credential({ sts_endpoint: 'https://metadata.example.com' }),
    more: { credential_type: 'aws_sigv4', allowed_hosts: [aws.service.host, 'metadata.example.com'] },
  });
  assert.notEqual((await call(metadata.grantId)).status, 200);
  const narrowed = await rig.vault.api('PATCH', `/v1/apps/default/secrets/${away.secretId}`, {
    allowed_hosts: [aws.service.host],
  });
  assert.equal(narrowed.status, 200, narrowed.text);
  assert.equal((await refusalOf(away.grantId)).code, 'host_not_allowed', 'narrowed away');
});

test('R14 I12: a rotation and a revoke end what was kept, and a rotation does not lose the role by accident', async () => {
  const made = await roleGrant();
  const path = `/v1/apps/default/secrets/${made.secretId}/credential`;
  assert.equal((await call(made.grantId)).status, 200);
  const before = aws.assumed.length;
  assert.equal((await call(made.grantId)).status, 200);
  assert.equal(aws.assumed.length, before, 'kept');
  const withoutRole = { access_key_id: USER.accessKeyId, secret_access_key: USER.secret, region: REGION };
  const lost: Answer = await rig.vault.api('PUT', path, { credential: withoutRole });
  assert.equal(lost.status, 400);
  assert.deepEqual(
    lost.json.error.issues.map((issue: { path: string }) => issue.path),
    ['credential.role_arn'],
  );
  await rig.vault.ok('PUT', path, { credential: credential() });
  assert.equal((await call(made.grantId)).status, 200);
  assert.equal(aws.assumed.length, before + 1, 'another version is another session');
  await rig.vault.ok('POST', `/v1/grants/${made.grantId}/revoke`, {});
  assert.equal((await refusalOf(made.grantId)).code, 'grant_revoked');
});
