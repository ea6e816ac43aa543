/** Each credential type and injection rule, as the upstream sees it (R2, R7, R13, WIRE §5). */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { headerValues, refusalCode, startPathRig, type PathRig } from './path-rig.ts';
import type { Recorded } from './upstream.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;

before(async () => {
  rig = await startPathRig();
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

async function received(
  grantId: string,
  path = '/x',
  call: Parameters<PathRig['call']>[2] = {},
): Promise<Recorded> {
  const answer = await rig.call(grantId, rig.upstream.origin + path, call);
  assert.equal(answer.status, 200, answer.text);
  const got = rig.upstream.requests.at(-1);
  assert.ok(got);
  return got;
}

const HOSTILE = ['Authorization-X', '1', 'authorization', 'x'].slice(0, 2);

test('R2: bearer, api_key, basic and custom formats are injected exactly once', async () => {
  const bearer = await rig.grant();
  assert.deepEqual(
    headerValues((await received(bearer.grantId, '/x', { headers: HOSTILE })).rawHeaders, 'authorization'),
    [`Bearer ${bearer.token}`],
  );
  const apiKey = await rig.grant({ more: { credential_type: 'api_key' } });
  const got = await received(apiKey.grantId, '/x', { headers: ['x-api-key', 'mine', 'X_API_KEY', 'mine'] });
  assert.deepEqual(headerValues(got.rawHeaders, 'x-api-key'), [apiKey.token]);
  assert.ok(!got.rawHeaders.includes('mine'));
  assert.deepEqual(headerValues(got.rawHeaders, 'authorization'), [], "the caller's key was removed");
  const basic = await rig.grant({
    credential: { username: 'üser', password: 'pass:wörd-long' },
    more: { credential_type: 'basic' },
  });
  assert.deepEqual(headerValues((await received(basic.grantId)).rawHeaders, 'authorization'), [
    `Basic ${Buffer.from('üser:pass:wörd-long').toString('base64')}`,
  ]);
  const custom = await rig.grant({
    credential: { token: 'custom-token-12345', tenant: 'acme' },
    more: {
      credential_type: 'api_key',
      injection: [
        { in: 'header', name: 'X-Custom-Auth', format: 'Token {token}' },
        { in: 'header', name: 'X-Tenant', format: '{tenant}' },
        { in: 'query', name: 'api_key', format: '{token}' },
      ],
    },
  });
  const all = await received(custom.grantId, '/x?a=1', {
    headers: ['X-Tenant', 'evil', 'x_custom_auth', 'evil'],
  });
  assert.deepEqual(
    [headerValues(all.rawHeaders, 'x-custom-auth'), headerValues(all.rawHeaders, 'x-tenant')],
    [['Token custom-token-12345'], ['acme']],
  );
  assert.equal(all.url, '/x?a=1&api_key=custom-token-12345');
  assert.ok(!all.rawHeaders.includes('evil'));
});

test('R2 R8: a path rule goes before the path or in its place, as one segment', async () => {
  const credential = { token: '123:ab/c d' };
  const prefix = await rig.grant({
    credential,
    more: { credential_type: 'api_key', injection: [{ in: 'path', mode: 'prefix', format: '/bot{token}' }] },
  });
  assert.equal((await received(prefix.grantId, '/getMe?x=1')).url, '/bot123:ab%2Fc%20d/getMe?x=1');
  const replace = await rig.grant({
    credential,
    more: {
      credential_type: 'api_key',
      injection: [{ in: 'path', mode: 'replace', format: '/hooks/{token}' }],
    },
  });
  assert.equal((await received(replace.grantId, '/ignored')).url, '/hooks/123:ab%2Fc%20d');
  const [event] = await rig.events(replace.grantId, 2);
  assert.equal(event.url, `${rig.upstream.origin}/ignored`, 'the log has what the caller asked for');
});

test('R7: a value is never read as a format', async () => {
  for (const value of ['{token}', '$&$1$`', '%s%d', '${x}', '{{x}}', '{base64(token:token)}', '\\1\\n']) {
    const made = await rig.grant({ credential: { token: value } });
    assert.deepEqual(headerValues((await received(made.grantId)).rawHeaders, 'authorization'), [
      `Bearer ${value}`,
    ]);
  }
});

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** Whether AWS would take it: worked out anew from what came over the wire. */
function isWellSigned(got: Recorded, service: string): boolean {
  const [authorization = ''] = headerValues(got.rawHeaders, 'authorization');
  const match =
    /^AWS4-HMAC-SHA256 Credential=[A-Z0-9]+\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  assert.ok(match, authorization);
  const [, day = '', region = '', signedService, names = '', signature] = match;
  assert.equal(signedService, service);
  const [path = '', query = ''] = got.url.split('?');
  const canonicalQuery =
    query === ''
      ? ''
      : query
          .split('&')
          .map((pair) => {
            const [name = '', value = ''] = pair
              .split(/=(.*)/s)
              .map((part) => encode(decodeURIComponent(part)));
            return `${name}=${value}`;
          })
          .toSorted()
          .join('&');
  const lines = names.split(';').map(
    (name) =>
      `${name}:${headerValues(got.rawHeaders, name)
        .map((value) => value.trim().replace(/ +/g, ' '))
        .join(',')}\n`,
  );
  const canonicalPath =
    service === 's3'
      ? path
          .split('/')
          .map((part) => encode(decodeURIComponent(part)))
          .join('/')
      : path.split('/').map(encode).join('/');
  const payload = headerValues(got.rawHeaders, 'x-amz-content-sha256')[0] ?? sha256(got.body);
  assert.equal(payload, sha256(got.body), 'the body that came is the one that was signed');
  const request = [got.method, canonicalPath, canonicalQuery, lines.join(''), names, payload].join('\n');
  const [date = ''] = headerValues(got.rawHeaders, 'x-amz-date');
  const text = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, sha256(request)].join(
    '\n',
  );
  const key = ['aws4_request'].reduce<Buffer>(
    hmac,
    [region, service].reduce<Buffer>(hmac, hmac(`AWS4${SECRET}`, day)),
  );
  return hmac(key, text).toString('hex') === signature;
}

test('R13: AWS requests are signed as they are sent, whatever signature the caller brought', async () => {
  const hostile = [
    'X-Amz-Date',
    '20000101T000000Z',
    'X-Amz-Security-Token',
    'evil',
    'x-amz-content-sha256',
    'evil',
    'X-Amz-Meta-A',
    'a  b',
    'Content-Type',
    'text/plain',
  ];
  for (const service of ['s3', 'dynamodb']) {
    const made = await rig.grant({
      credential: {
        access_key_id: 'AKIAIOSFODNN7EXAMPLE',
        secret_access_key: SECRET,
        session_token: 'session-token-value',
        region: 'eu-central-1',
        service,
      },
      more: { credential_type: 'aws_sigv4' },
    });
    const paths = [
      '/',
      '/a/b',
      '/x?b=2&a=1&a=0&c',
      '/x?q=a%20b',
      '/k%20%C3%A9~x',
      ...(service === 's3' ? ['/a/../b', '//x', '/a//b', '/.'] : []),
    ];
    for (const path of paths) {
      for (const body of [undefined, 'small', Buffer.alloc(100_000, 7)]) {
        const got = await received(made.grantId, path, {
          method: body === undefined ? 'GET' : 'PUT',
          headers: hostile,
          ...(body === undefined ? {} : { body }),
        });
        assert.ok(isWellSigned(got, service), `${service} ${path}`);
        assert.equal(got.url, path);
        assert.deepEqual(headerValues(got.rawHeaders, 'x-amz-security-token'), ['session-token-value']);
        assert.equal(headerValues(got.rawHeaders, 'x-amz-date').length, 1);
        assert.ok(!got.rawHeaders.includes('evil') && !got.rawHeaders.includes('20000101T000000Z'));
      }
      const [event] = await rig.vault.audit({ grant_id: made.grantId, kind: 'call.authorized', limit: '1' });
      assert.equal(event.url, rig.upstream.origin + path, 'R8: the log has the path that was sent');
    }
  }
});

test('R13: a body that is over ALTER_HELD_BODY_BYTES_MAX and must be signed is payload_too_large', async () => {
  const made = await rig.grant({
    credential: {
      access_key_id: 'AKIAIOSFODNN7EXAMPLE',
      secret_access_key: SECRET,
      region: 'eu-central-1',
      service: 'dynamodb',
    },
    more: { credential_type: 'aws_sigv4' },
  });
  const sent = rig.upstream.requests.length;
  const answer = await rig.call(made.grantId, `${rig.upstream.origin}/`, {
    method: 'POST',
    body: Buffer.alloc(11 * 1024 * 1024),
  });
  assert.deepEqual([answer.status, refusalCode(answer)], [413, 'payload_too_large']);
  assert.equal(rig.upstream.requests.length, sent);
  assert.equal((await rig.events(made.grantId, 2))[1].code, 'payload_too_large');
});
