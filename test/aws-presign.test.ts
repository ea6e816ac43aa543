/** Presigned URLs and the limits of an AWS secret (WIRE §5, §8): an explicit call, judged and logged as any other. */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { App, InvalidRequestError } from '@alter-vault/sdk';
import { refusalCode, startPathRig, type PathRig } from './path-rig.ts';
import { assertPresigned, assertSigV4 } from './sigv4-verifier.ts';
import { stopPostgres, type Answer } from './vault.ts';

const AWS = {
  access_key_id: 'AKIAIOSFODNN7EXAMPLE',
  secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
  service: 's3',
};
const SCOPE = { secret: AWS.secret_access_key, service: 's3', region: 'eu-central-1' };

let rig: PathRig;

before(async () => {
  rig = await startPathRig();
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

interface Made {
  readonly grantId: string;
  readonly secretId: string;
}

const s3Grant = (rule: object = {}, credential: Record<string, string> = AWS): Promise<Made> =>
  rig.grant({
    credential,
    more: { credential_type: 'aws_sigv4', injection: [{ in: 'aws_sigv4', ...rule }] },
  });

function ask(grantId: string, path: string, more: Record<string, unknown> = {}): Promise<Answer> {
  return rig.vault.release(rig.key, {
    grant_id: grantId,
    method: 'GET',
    url: `${rig.upstream.origin}${path}`,
    ...more,
  });
}

const presign = (grantId: string, path: string, seconds: number, more: Record<string, unknown> = {}) =>
  ask(grantId, path, { presign: { expires_in_seconds: seconds }, ...more });

const codeOf = (answer: Answer): string => {
  assert.equal(answer.headers.get('alter-error'), answer.json?.error?.code, answer.text);
  return answer.json.error.code;
};

test('R13 R15: a presigned URL is a URL that works by itself; the secret key is not in it and the log says who made it', async () => {
  const made = await s3Grant({}, { ...AWS, session_token: 'temporary/session+token==' });
  const answer = await presign(made.grantId, '/b/a%20b+%C3%A9~//x/../y?versionId=1&X-Amz-Signature=old', 60, {
    reason: 'a link for a customer',
  });
  assert.equal(answer.status, 200, answer.text);
  assert.ok(!answer.text.includes(AWS.secret_access_key));
  const { url, headers, query } = answer.json.inject;
  assert.deepEqual([headers, query], [[], []]);
  const parameters = new URL(url).searchParams;
  assert.equal(parameters.get('X-Amz-Expires'), '60');
  assert.equal(parameters.get('X-Amz-Security-Token'), 'temporary/session+token==');
  assert.equal(parameters.getAll('X-Amz-Signature').length, 1);
  assert.equal(parameters.get('versionId'), '1');
  const lifeMs = Date.parse(answer.json.expires_at) - Date.now();
  assert.ok(lifeMs > 55_000 && lifeMs <= 61_000, answer.json.expires_at);
  const target = url.slice(rig.upstream.origin.length);
  const host = rig.upstream.host;
  const seen = {
    method: 'GET',
    url: target,
    headers: { host },
    rawHeaders: ['Host', host],
    body: Buffer.alloc(0),
  };
  assertPresigned(seen, SCOPE);
  for (const tampered of [
    { ...seen, method: 'PUT' },
    { ...seen, url: target.replace('/b/', '/c/') },
    { ...seen, url: target.replace('Expires=60', 'Expires=61') },
    { ...seen, url: `${target}&acl` },
    { ...seen, rawHeaders: ['Host', 'other.example'] },
  ])
    assert.throws(() => assertPresigned(tampered, SCOPE));
  const [authorized, completed] = await rig.events(made.grantId, 2);
  assert.deepEqual([authorized.mode, authorized.reason], ['request', 'a link for a customer']);
  assert.ok(!authorized.url.includes('old'), 'a signature of the caller is no part of the log');
  assert.deepEqual(
    [completed.kind, completed.flags, completed.code],
    ['call.completed', ['presigned'], null],
  );
});

test('R13: headers that the caller names are signed into the URL, and so is the hash of a body', async () => {
  const made = await s3Grant();
  const body = Buffer.from('exactly this');
  const answer = await presign(made.grantId, '/b/k', 60, {
    method: 'PUT',
    headers: { 'content-type': 'text/plain', 'x-amz-acl': 'private', 'user-agent': 'x' },
    body_sha256: hash('sha256', body),
  });
  assert.deepEqual(answer.json.inject.headers, [['x-amz-content-sha256', hash('sha256', body)]]);
  const target = answer.json.inject.url.slice(rig.upstream.origin.length);
  const rawHeaders = [
    ...['Host', rig.upstream.host, 'Content-Type', 'text/plain', 'x-amz-acl', 'private'],
    ...['x-amz-content-sha256', hash('sha256', body)],
  ];
  const seen = { method: 'PUT', url: target, headers: {}, rawHeaders, body };
  assertPresigned(seen, SCOPE);
  assert.throws(() => assertPresigned({ ...seen, body: Buffer.from('another') }, SCOPE));
  const sts = await s3Grant({}, { ...AWS, service: 'sts' });
  const identity = await presign(sts.grantId, '/?Action=GetCallerIdentity&Version=2011-06-15', 60, {
    headers: { 'x-k8s-aws-id': 'cluster' },
  });
  const url = identity.json.inject.url.slice(rig.upstream.origin.length);
  const noBody = { method: 'GET', url, headers: {}, body: Buffer.alloc(0) };
  assertPresigned({ ...noBody, rawHeaders: ['Host', rig.upstream.host] }, { ...SCOPE, service: 'sts' });
  const unsigned = { body_sha256: 'UNSIGNED-PAYLOAD' };
  assert.equal(codeOf(await presign(sts.grantId, '/', 60, unsigned)), 'invalid_request', 'for S3 only');
});

test('I12: a presigned URL lives as long as the rule of the secret says, an hour without it, and no longer than its grant', async () => {
  const byDefault = await s3Grant();
  assert.equal((await presign(byDefault.grantId, '/b/k', 3600)).status, 200);
  assert.equal(codeOf(await presign(byDefault.grantId, '/b/k', 3601)), 'invalid_request');
  const wide = await s3Grant({ presign_seconds_max: 604_800 });
  assert.equal((await presign(wide.grantId, '/b/k', 604_800)).status, 200);
  for (const seconds of [0, -1, 1.5, 604_801])
    assert.equal(codeOf(await presign(wide.grantId, '/b/k', seconds)), 'invalid_request', `${seconds}`);
  const none = await s3Grant({ presign_seconds_max: 0 });
  assert.equal(codeOf(await presign(none.grantId, '/b/k', 1)), 'invalid_request');
  assert.equal((await ask(none.grantId, '/b/k')).status, 200, 'calls of its own go on');
  const clone = await rig.vault.ok('POST', `/v1/grants/${wide.grantId}/clone`, { ttl_seconds: 120 });
  assert.equal((await presign(clone.grant_id, '/b/k', 100)).status, 200);
  const outlived = await presign(clone.grant_id, '/b/k', 130);
  assert.equal(codeOf(outlived), 'invalid_request');
  assert.match(outlived.json.error.issues[0].message, /outlive the grant/);
});

test('R15: only AWS credentials presign, and host, policy and delivery are asked as for any call', async () => {
  const bearer = await rig.grant();
  assert.equal(codeOf(await presign(bearer.grantId, '/', 60)), 'invalid_request');
  const made = await s3Grant();
  const elsewhere = { url: 'https://s3.eu-central-1.amazonaws.com/b/k' };
  assert.equal(codeOf(await presign(made.grantId, '', 60, elsewhere)), 'host_not_allowed');
  await rig.vault.ok('POST', '/v1/apps/default/policies', {
    name: 'reads-only',
    applies_to: { grant_id: made.grantId },
    mode: 'enforce',
    rule: { type: 'request', methods: ['GET'], effect: 'allow_only' },
  });
  assert.equal((await presign(made.grantId, '/b/k', 60)).status, 200);
  assert.equal(codeOf(await presign(made.grantId, '/b/k', 60, { method: 'PUT' })), 'policy_denied');
  const proxyOnly = await rig.grant({
    credential: AWS,
    more: { credential_type: 'aws_sigv4', delivery: 'proxy_only' },
  });
  assert.equal(codeOf(await presign(proxyOnly.grantId, '/b/k', 60)), 'proxy_required');
});

test('R15: a key that may not have credentials released signs one request, and makes no URL for anybody', async () => {
  const { grantId } = await s3Grant();
  const { api_key: key } = await rig.vault.key({ allow_release: false });
  const body = { grant_id: grantId, method: 'GET', url: `${rig.upstream.origin}/b/k` };
  assert.equal((await rig.vault.release(key, body)).status, 200);
  const refused = await rig.vault.release(key, { ...body, presign: { expires_in_seconds: 60 } });
  assert.equal(codeOf(refused), 'proxy_required');
  assert.match(refused.json.error.message, /presigned URL/);
});

test('R13: a secret that signs for some services and regions signs for no other, in either mode', async () => {
  const hosts = ['s3.eu-west-1.amazonaws.com', 's3.us-east-1.amazonaws.com', 'sqs.eu-west-1.amazonaws.com'];
  const { grant_id: grantId } = await rig.vault.secret(
    hosts[0] ?? '',
    { access_key_id: AWS.access_key_id, secret_access_key: AWS.secret_access_key },
    {
      credential_type: 'aws_sigv4',
      allowed_hosts: hosts,
      injection: [{ in: 'aws_sigv4', services: ['s3'], regions: ['eu-west-1'] }],
    },
  );
  const answers = await Promise.all(
    hosts.map((host) =>
      rig.vault.release(rig.key, { grant_id: grantId, method: 'GET', url: `https://${host}/` }),
    ),
  );
  assert.deepEqual(
    answers.map(({ status, json }) => (status === 200 ? 'signed' : json.error.code)),
    ['signed', 'host_not_allowed', 'host_not_allowed'],
  );
  assert.match(answers[1]?.json.error.message, /region us-east-1/);
  assert.match(answers[2]?.json.error.message, /service sqs/);
  assert.equal(refusalCode(await rig.call(grantId, `https://${hosts[2]}/`)), 'host_not_allowed');
});

test('F9 R13: a large body streams past the vault where the caller says its hash, which is what is signed', async () => {
  const made = await s3Grant();
  const body = randomBytes(11 * 1024 * 1024);
  const url = `${rig.upstream.origin}/b/large`;
  const put = (headers: string[]) => rig.call(made.grantId, url, { method: 'PUT', body, headers });
  assert.equal(refusalCode(await put([])), 'payload_too_large', 'over http it would be held');
  assert.equal((await put(['x-amz-content-sha256', hash('sha256', body)])).status, 200);
  const seen = rig.upstream.requests.at(-1) ?? assert.fail('nothing arrived');
  assertSigV4(seen, SCOPE);
  const wrong = await put(['x-amz-content-sha256', hash('sha256', 'another')]);
  assert.equal(wrong.status, 200);
  assert.throws(() => assertSigV4(rig.upstream.requests.at(-1) ?? seen, SCOPE), 'which AWS refuses');
});

test('R13: the SDK presigns, with the key of an object as it was written', async () => {
  const made = await s3Grant();
  await using vault = new App({ apiKey: rig.key, baseUrl: rig.vault.url });
  const asked = { grantId: made.grantId, expiresInSeconds: 60, headers: { 'X-Amz-Date': 'mine' } };
  const { url, headers, expiresAt, requestId } = await vault.presign(
    'GET',
    `${rig.upstream.origin}/b/a/../c`,
    asked,
  );
  assert.ok(url.startsWith(`${rig.upstream.origin}/b/a/../c?X-Amz-Algorithm=`), url);
  assert.deepEqual(headers, {});
  assert.ok(expiresAt.getTime() > Date.now());
  assert.match(requestId, /^[0-9a-f-]{36}$/);
  const rawHeaders = ['Host', rig.upstream.host];
  const target = url.slice(rig.upstream.origin.length);
  assertPresigned({ method: 'GET', url: target, headers: {}, rawHeaders, body: Buffer.alloc(0) }, SCOPE);
  for (const expiresInSeconds of [0, 0.5, 3601]) {
    const refused = vault.presign('GET', `${rig.upstream.origin}/b/k`, { ...asked, expiresInSeconds });
    await assert.rejects(refused, InvalidRequestError);
  }
});
