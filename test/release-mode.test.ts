/** Request mode: the injection for exactly one call, to those who may have it, and its outcome taken once (WIRE §8). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startPathRig, type PathRig } from './path-rig.ts';
import { stopPostgres, type Answer } from './vault.ts';

let rig: PathRig;

before(async () => {
  rig = await startPathRig();
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

async function released(grantId: string, more: Record<string, unknown> = {}, key = rig.key): Promise<Answer> {
  return rig.vault.release(key, {
    grant_id: grantId,
    method: 'GET',
    url: `${rig.upstream.origin}/x?a=1`,
    ...more,
  });
}

function codeOf(answer: Answer): string {
  assert.equal(answer.headers.get('alter-error'), answer.json?.error?.code, answer.text);
  return answer.json.error.code;
}

test('each credential type is released as it is injected, uncached, and nothing is sent', async () => {
  const sent = rig.upstream.requests.length;
  const bearer = await rig.grant();
  const answer = await released(bearer.grantId);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.inject, { headers: [['Authorization', `Bearer ${bearer.token}`]], query: [] });
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.json.request_id, answer.headers.get('alter-request-id'));
  const lifeMs = Date.parse(answer.json.expires_at) - Date.now();
  assert.ok(lifeMs > 14 * 60_000 && lifeMs <= 15 * 60_000 + 2_000);
  const basic = await rig.grant({
    credential: { username: 'u', password: 'password-1' },
    more: { credential_type: 'basic' },
  });
  assert.deepEqual((await released(basic.grantId)).json.inject.headers, [
    ['Authorization', `Basic ${Buffer.from('u:password-1').toString('base64')}`],
  ]);
  const query = await rig.grant({
    more: { credential_type: 'api_key', injection: [{ in: 'query', name: 'key', format: '{token}' }] },
  });
  assert.deepEqual((await released(query.grantId)).json.inject, {
    headers: [],
    query: [['key', query.token]],
  });
  const path = await rig.grant({
    credential: { token: '1:a/b-token' },
    more: { credential_type: 'api_key', injection: [{ in: 'path', mode: 'prefix', format: '/bot{token}' }] },
  });
  assert.deepEqual((await released(path.grantId)).json.inject, {
    headers: [],
    query: [],
    url: `${rig.upstream.origin}/bot1:a%2Fb-token/x?a=1`,
  });
  assert.equal(rig.upstream.requests.length, sent);
});

const AWS = {
  access_key_id: 'AKIAIOSFODNN7EXAMPLE',
  secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
  service: 's3',
};

test('R13 R15: for AWS a signature of this one request leaves and never the key, for keys that may have nothing released too', async () => {
  const made = await rig.grant({ credential: AWS, more: { credential_type: 'aws_sigv4' } });
  const { api_key } = await rig.vault.key({ allow_release: false });
  const headerOf = (answer: Answer, name: string): string =>
    answer.json.inject.headers.find((pair: string[]) => pair[0]?.toLowerCase() === name)?.[1];
  const signatures = new Set<string>();
  for (const more of [
    {},
    { method: 'PUT' },
    { url: `${rig.upstream.origin}/y` },
    { body_sha256: 'ab'.repeat(32) },
    { headers: { 'x-amz-acl': 'private' } },
  ]) {
    const answer = await released(made.grantId, more, api_key);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(!answer.text.includes(AWS.secret_access_key));
    signatures.add(headerOf(answer, 'authorization').split('Signature=')[1] ?? '');
    const payload =
      'body_sha256' in more
        ? more.body_sha256
        : 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    assert.equal(headerOf(answer, 'x-amz-content-sha256'), payload);
  }
  assert.equal(signatures.size, 5, 'each request has a signature of its own');
  assert.equal(
    codeOf(await released(made.grantId, { body_sha256: 'UNSIGNED-PAYLOAD' })),
    'invalid_request',
    'over http',
  );
  const s3 = await rig.grant({
    host: 's3.eu-central-1.amazonaws.com',
    credential: AWS,
    more: { credential_type: 'aws_sigv4' },
  });
  const unsigned = await released(s3.grantId, {
    url: 'https://s3.eu-central-1.amazonaws.com/b/k',
    body_sha256: 'UNSIGNED-PAYLOAD',
  });
  assert.equal(headerOf(unsigned, 'x-amz-content-sha256'), 'UNSIGNED-PAYLOAD');
  for (const bad of ['', 'abc', 'UNSIGNED', 'g'.repeat(64), 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'])
    assert.equal(codeOf(await released(made.grantId, { body_sha256: bad })), 'invalid_request', bad);
});

test('R15: proxy_required where delivery, the key or its kind forbid a release, and proxy mode goes on', async () => {
  const proxyOnly = await rig.grant({ more: { delivery: 'proxy_only' } });
  assert.equal(codeOf(await released(proxyOnly.grantId)), 'proxy_required');
  assert.equal((await rig.call(proxyOnly.grantId, `${rig.upstream.origin}/`)).status, 200);
  const made = await rig.grant();
  const { api_key } = await rig.vault.key({ allow_release: false });
  assert.equal(codeOf(await released(made.grantId, {}, api_key)), 'proxy_required');
  const [denied] = await rig.events(made.grantId, 1);
  assert.deepEqual([denied.kind, denied.code, denied.mode], ['call.denied', 'proxy_required', 'request']);
  const { agent_id } = await rig.vault.ok('POST', '/v1/apps/default/agents', { name: 'agent-1' });
  const agent = await rig.vault.key({ kind: 'agent', agent_id });
  const { grant_id } = await rig.vault.ok('POST', `/v1/apps/default/secrets/${made.secretId}/grants`, {
    principal: { type: 'agent', id: agent_id },
  });
  assert.equal(
    codeOf(await released(grant_id, {}, agent.api_key)),
    'proxy_required',
    'agent keys may not unless told otherwise',
  );
  assert.equal(codeOf(await released(made.grantId, {}, agent.api_key)), 'not_found');
  assert.equal(
    codeOf(await released(proxyOnly.grantId, { url: 'https://example.com/' })),
    'host_not_allowed',
    'the host comes before',
  );
});

test('A11 R6: a body that is not exactly a release is refused before anything is decided', async () => {
  const { grantId } = await rig.grant();
  const bad: Record<string, unknown>[] = [
    { unknown: 1 },
    { method: 'get' },
    { method: 'TRACE' },
    { url: 'http://u@x/' },
    { grant_id: 'x' },
    { headers: { 'a b': '1' } },
    { headers: { a: 'x\r\ny' } },
    { headers: { a: '\u0100' } },
    { reason: '\0' },
    { context: [] },
    { context: { a: '\u0000' } },
    { caller: 1 },
  ];
  for (const more of bad)
    assert.equal(codeOf(await released(grantId, more)), 'invalid_request', JSON.stringify(more));
  for (const body of ['', '{', '[]', 'null', '"x"']) {
    const answer = await rig.vault.api('POST', '/v1/requests', body, { token: rig.key });
    assert.equal(codeOf(answer), 'invalid_request', body);
  }
  const text = await rig.vault.api('POST', '/v1/requests', '{}', {
    token: rig.key,
    headers: { 'Content-Type': 'text/plain' },
  });
  assert.equal(codeOf(text), 'invalid_request');
  assert.equal(codeOf(await released(grantId, {}, 'alter_key_app_wrong')), 'unauthenticated');
  assert.equal(
    codeOf(await released(grantId, {}, rig.vault.token)),
    'unauthenticated',
    'A16: a member token is no key',
  );
});

test('an outcome is taken once, and from the key that the release went to', async () => {
  const { grantId } = await rig.grant();
  const { json } = await released(grantId);
  const report = (key: string, outcome: Record<string, unknown>): Promise<Answer> =>
    rig.vault.api(
      'POST',
      '/v1/requests/outcomes',
      { outcomes: [{ request_id: json.request_id, latency_ms: 12, ...outcome }] },
      { token: key },
    );
  const { api_key } = await rig.vault.key();
  assert.equal((await report(api_key, { status_code: 500 })).status, 204, 'and nothing is told of it');
  assert.equal((await report(rig.key, { status_code: 201, bytes_in: 1, bytes_out: 2 })).status, 204);
  assert.equal((await report(rig.key, { status_code: 404 })).status, 204);
  const [authorized, completed] = await rig.events(grantId, 2);
  assert.equal(authorized.mode, 'request');
  assert.deepEqual(
    [completed.kind, completed.status_code, completed.bytes_in, completed.bytes_out],
    ['call.completed', 201, 1, 2],
  );
  assert.equal(codeOf(await report('alter_key_app_wrong', {})), 'unauthenticated');
  assert.equal(codeOf(await report(rig.key, { unknown: 1 })), 'invalid_request');
});
