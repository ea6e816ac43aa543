/** The overlap of a rotation where a role is assumed: STS does not take the new key yet, and the version before asks for the role. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPathRig, type PathRig, type RawAnswer } from './path-rig.ts';
import { keyIdOf, startSts, type TestSts, type TestUser } from './sts-server.ts';
import { canary, stopPostgres } from './vault.ts';

const REGION = 'eu-central-1';
const ROLE = { arn: 'arn:aws:iam::123456789012:role/reader', externalId: 'tenant-7' };
const OLD: TestUser = { accessKeyId: 'AKIAOLDOLDOLDOLDOLD0', secret: canary() };
const NEW: TestUser = { accessKeyId: 'AKIANEWNEWNEWNEWNEW0', secret: canary() };
/** So long STS is not asked again with a key that it did not take. */
const REFUSED_MS = 5_000;

let rig: PathRig;
let aws: TestSts;

before(async () => {
  rig = await startPathRig();
  aws = await startSts(OLD, ROLE, REGION);
});
beforeEach(() => {
  aws.know(OLD);
  aws.refuse(undefined);
  aws.live(3600);
});
after(async () => {
  await aws?.stop();
  await rig?.stop();
  await stopPostgres();
});

const credential = (user: TestUser, more: Record<string, string> = {}): Record<string, string> => ({
  access_key_id: user.accessKeyId,
  secret_access_key: user.secret,
  region: REGION,
  service: 's3',
  role_arn: ROLE.arn,
  external_id: ROLE.externalId,
  sts_endpoint: aws.sts.origin,
  ...more,
});

interface Rotated {
  readonly grantId: string;
  readonly path: string;
}

/** From the old user to the new one, with both in use for ten minutes; STS was asked by nobody since. */
async function rotated(more: Record<string, string> = {}): Promise<Rotated> {
  const { grantId, secretId } = await rig.grant({
    credential: credential(OLD),
    more: { credential_type: 'aws_sigv4', allowed_hosts: [aws.service.host, aws.sts.host] },
  });
  const path = `/v1/apps/default/secrets/${secretId}`;
  await rig.vault.ok('PUT', `${path}/credential`, {
    credential: credential(NEW, more),
    overlap_seconds: 600,
  });
  aws.sts.requests.splice(0);
  return { grantId, path };
}

const call = (grantId: string): Promise<RawAnswer> => rig.call(grantId, `${aws.service.origin}/b/k`);
const asked = (): (string | undefined)[] => aws.sts.requests.map(keyIdOf);
const outcomeOf = async (grantId: string) => (await rig.events(grantId, 2)).at(-1);

test('R14: a role that STS does not let the new key assume yet is assumed with the key before, and the log says so', async () => {
  const { grantId } = await rotated();
  const answer = await call(grantId);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(asked(), [NEW.accessKeyId, OLD.accessKeyId]);
  const [authorized, completed, ...more] = await rig.events(grantId, 2);
  assert.deepEqual([authorized.kind, completed.kind, more], ['call.authorized', 'call.completed', []]);
  assert.deepEqual(completed.flags, ['role_refused_current', 'previous_version_used']);
  assert.equal(completed.status_code, 200);
  const many = await Promise.all(Array.from({ length: 20 }, () => call(grantId)));
  assert.deepEqual(new Set(many.map(({ status }) => status)), new Set([200]));
  assert.equal(aws.sts.requests.length, 2, 'kept, and the new key is not asked with for each call');
});

test('R14: each version is kept by itself: the new key is used as soon as STS takes it, and the one before goes with the overlap', async () => {
  const { grantId, path } = await rotated();
  assert.equal((await call(grantId)).status, 200);
  await sleep(REFUSED_MS + 100);
  assert.equal((await call(grantId)).status, 200);
  assert.deepEqual(
    asked(),
    [NEW.accessKeyId, OLD.accessKeyId, NEW.accessKeyId],
    'the role of the version before is kept over sweeps, and the new key is asked with again',
  );
  aws.know(OLD, NEW);
  await sleep(REFUSED_MS + 100);
  aws.sts.requests.splice(0);
  assert.equal((await call(grantId)).status, 200);
  assert.equal((await call(grantId)).status, 200);
  assert.deepEqual(asked(), [NEW.accessKeyId]);
  const by = aws.assumed.at(-1);
  assert.equal(aws.service.requests.at(-1)?.headers['x-amz-security-token'], by?.token);

  const ended = await rotated();
  aws.know(OLD);
  assert.equal((await call(ended.grantId)).status, 200);
  await rig.vault.api('DELETE', `${ended.path}/previous-credential`);
  const refused = await call(ended.grantId);
  assert.deepEqual(
    [refused.status, refused.json.error.code],
    [502, 'role_refused'],
    'nothing of it is left to be lent',
  );
  assert.equal((await rig.vault.ok('GET', path)).version, 2);
});

test('R14: only a key that is not taken is a reason: nothing else that STS answers is tried again', async () => {
  const { grantId } = await rotated();
  aws.know(OLD, NEW);
  for (const [status, code] of [
    [403, 'AccessDenied'],
    [400, 'ValidationError'],
    [400, 'Throttling'],
    [503, 'ServiceUnavailable'],
  ] as const) {
    aws.refuse({ status, code });
    aws.sts.requests.splice(0);
    assert.notEqual((await call(grantId)).status, 200);
    assert.deepEqual(asked(), [NEW.accessKeyId], code);
  }
});

test('R14: where neither key is taken each is asked with once, and the answer tells of the current one', async () => {
  const { grantId } = await rotated();
  aws.know();
  const sent = aws.service.requests.length;
  const answer = await call(grantId);
  assert.equal(answer.json.error.code, 'role_refused');
  assert.match(answer.json.error.message, /InvalidClientTokenId/);
  assert.deepEqual(asked(), [NEW.accessKeyId, OLD.accessKeyId]);
  assert.equal(aws.service.requests.length, sent);
  const completed = await outcomeOf(grantId);
  assert.deepEqual([completed.code, completed.flags], ['role_refused', []]);
});

test('R14: request mode and the calls without an overlap have the current version only', async () => {
  const { grantId, path } = await rotated();
  const released = await rig.vault.release(rig.key, {
    grant_id: grantId,
    method: 'GET',
    url: `${aws.service.origin}/b/k`,
  });
  assert.equal(released.json.error.code, 'role_refused');
  assert.deepEqual(asked(), [NEW.accessKeyId]);
  await rig.vault.ok('PUT', `${path}/credential`, { credential: credential(NEW) });
  aws.sts.requests.splice(0);
  assert.equal((await call(grantId)).json.error.code, 'role_refused');
  assert.deepEqual(asked(), [NEW.accessKeyId]);
});

test('I12: a grant that is revoked while STS answers gets no second try', async () => {
  const { grantId } = await rotated();
  aws.live(3600, 400);
  const answering = call(grantId);
  await sleep(150);
  await rig.vault.ok('POST', `/v1/grants/${grantId}/revoke`, {});
  assert.notEqual((await answering).status, 200);
  assert.deepEqual(asked(), [NEW.accessKeyId]);
});

test('a role that was given up is assumed again for the second try, where the key itself is refused', async () => {
  const { grantId } = await rotated({ role_arn: '', external_id: '', sts_endpoint: '' });
  const tried: (string | undefined)[] = [];
  const { service } = aws;
  service.behave((_request, response) => {
    const seen = service.requests.at(-1) ?? assert.fail();
    tried.push(keyIdOf(seen));
    const isTemporary = seen.headers['x-amz-security-token'] !== undefined;
    response.writeHead(isTemporary ? 200 : 401).end();
  });
  assert.equal((await call(grantId)).status, 200);
  assert.deepEqual(tried, [NEW.accessKeyId, aws.assumed.at(-1)?.accessKeyId]);
  assert.deepEqual((await outcomeOf(grantId)).flags, ['upstream_401_current', 'previous_version_used']);
});
