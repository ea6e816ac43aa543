import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { parseRelease, removeCallersCredentials } from './release.ts';

const release = (inject: unknown) => parseRelease({ request_id: 'r1', inject, expires_at: 'x' });
const target = new URL('https://api.example.com/v1/x?a=%61&API_key=mine&%61pi_key=too&api_key[]=3&z');

test('R2: the injected header wins over every spelling of the caller', () => {
  const callers = new Headers([
    ['X_Custom_Auth', 'mine'],
    ['x-custom-auth', 'mine'],
    ['accept', 'text/html'],
  ]);
  const { headers } = release({
    headers: [
      ['X-Custom-Auth', 'Token theirs'],
      ['X-Many', '1'],
      ['X-Many', '2'],
    ],
  }).inject(target, callers);
  assert.deepEqual(
    [...headers],
    [
      ['accept', 'text/html'],
      ['x-custom-auth', 'Token theirs'],
      ['x-many', '1, 2'],
    ],
  );
});

test('R2: headers that the vault names are dropped, in every spelling', () => {
  const callers = new Headers({ 'x_vendor-key': 'mine', accept: 'text/html' });
  const { headers } = release({
    headers: [['Authorization', 'Bearer theirs']],
    remove_headers: ['X-Vendor-Key'],
  }).inject(target, callers);
  assert.deepEqual(
    [...headers],
    [
      ['accept', 'text/html'],
      ['authorization', 'Bearer theirs'],
    ],
  );
});

test('R2: an injected parameter wins over every spelling, and the others keep their bytes', () => {
  const { url } = release({ query: [['api_key', 'K/&+ 1']] }).inject(target, new Headers());
  assert.equal(url, 'https://api.example.com/v1/x?a=%61&z&api_key=K%2F%26%2B%201');
});

test('R2: keys of the caller go nowhere, in any slot', () => {
  const headers = new Headers({
    Authorization: 'Bearer mine',
    'Proxy-Authorization': 'x',
    Cookie: 'a=b',
    'X-Api-Key': 'x',
    x_api_key: 'x',
    'api-key': 'x',
    'x-goog-api-key': 'x',
    'X-Amz-Security-Token': 'x',
    'x-vendor': 'prefix alter_key_app_1 suffix',
    accept: '*/*',
  });
  removeCallersCredentials(headers, (value) => value.includes('alter_key_app_1'));
  assert.deepEqual([...headers], [['accept', '*/*']]);
});

test('I7: an injected URL of another origin is refused, and its text not shown', () => {
  for (const url of [
    'https://evil.example/botK-canary/x',
    'http://api.example.com/botK-canary',
    'https://u:K-canary@api.example.com/',
    'K-canary',
  ]) {
    assert.throws(
      () => release({ url }).inject(target, new Headers()),
      (error) =>
        error instanceof Error &&
        'code' in error &&
        error.code === 'integrity_error' &&
        !inspect(error).includes('K-canary'),
    );
  }
});

test('P1: secrets are looked for in their slots, public values are not', () => {
  const { redactor } = release({
    headers: [
      ['Authorization', `Basic ${btoa('someone:pass-word-1')}`],
      ['X-Tenant', 'acme-corporation'],
      ['anthropic-version', '2023-06-01'],
    ],
    query: [
      ['key', 'K-canary-in-query'],
      ['version', '2023-06-01'],
    ],
    url: 'https://api.example.com/botK-canary-in-path/v1/x',
  }).inject(target, new Headers());
  const text = (secret: string): string => redactor.redactText(`<${secret}>`);
  for (const secret of [
    'pass-word-1',
    'someone:pass-word-1',
    btoa('someone:pass-word-1'),
    'K-canary-in-query',
    'botK-canary-in-path',
  ]) {
    assert.equal(text(secret), '<[redacted]>');
  }
  for (const open of ['acme-corporation', '2023-06-01', 'someone']) assert.equal(text(open), `<${open}>`);
});

test('a signature is no secret, a session token is', () => {
  const { redactor } = release({
    headers: [
      [
        'Authorization',
        'AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=abcdef0123',
      ],
      ['X-Amz-Date', '20261122T194754Z'],
      ['X-Amz-Security-Token', 'K-session-token'],
    ],
  }).inject(target, new Headers());
  assert.equal(
    redactor.redactText('20261122T194754Z SignedHeaders=host, K-session-token'),
    '20261122T194754Z SignedHeaders=host, [redacted]',
  );
});

test('R15: a release prints its request id and nothing else', () => {
  const printed = release({
    headers: [['a', 'K-canary']],
    query: [],
    url: 'https://api.example.com/K-canary',
  });
  for (const text of [
    inspect(printed, { depth: 9, showHidden: true }),
    JSON.stringify(printed),
    `${printed}`,
  ])
    assert.ok(!text.includes('K-canary'), text);
});

test('an answer in another form is refused without being quoted', () => {
  const bad = [
    null,
    1,
    {},
    { request_id: 'r' },
    { request_id: 1, inject: {} },
    { request_id: 'r', inject: { headers: [['K-canary']] } },
    { request_id: 'r', inject: { headers: [['a', 1]] } },
    { request_id: 'r', inject: { query: {} } },
    { request_id: 'r', inject: { remove_headers: 'x' } },
    { request_id: 'r', inject: { remove_headers: [1] } },
    { request_id: 'r', inject: { url: 1 } },
  ];
  for (const answer of bad) {
    assert.throws(
      () => parseRelease(answer),
      (error) =>
        error instanceof Error &&
        'code' in error &&
        error.code === 'vault_unreachable' &&
        !inspect(error).includes('K-canary'),
    );
  }
});
