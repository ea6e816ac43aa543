import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CredentialType } from '@alter-vault/contract';
import { checkCredential, CREDENTIAL_BYTES_MAX, type CredentialToCheck } from './credential.ts';
import { defaultInjection } from './rules.ts';

function issues(
  credentialType: CredentialType,
  credential: Record<string, string>,
  more: Partial<CredentialToCheck> = {},
) {
  return checkCredential({
    credentialType,
    credential,
    rules: defaultInjection(credentialType),
    publicFields: [],
    optionalFields: new Set(),
    ...more,
  });
}
const paths = (...call: Parameters<typeof issues>) => [...new Set(issues(...call).map(({ path }) => path))];

const aws = {
  access_key_id: 'AKIAIOSFODNN7EXAMPLE',
  secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

test('a credential of each type passes', () => {
  assert.deepEqual(issues('bearer', { token: 'sk-1' }), []);
  assert.deepEqual(issues('api_key', { token: 'sk-1', tenant: 'acme' }, { publicFields: ['tenant'] }), []);
  assert.deepEqual(issues('basic', { username: 'ünï', password: 'pass:word {x} $& …' }), []);
  assert.deepEqual(
    issues('aws_sigv4', { ...aws, session_token: 'x/+=', region: 'us-gov-west-1', service: 's3' }),
    [],
  );
  assert.deepEqual(issues('aws_sigv4', { ...aws, session_token: '', region: '' }), []);
});

test('required fields must be there and hold something', () => {
  assert.deepEqual(paths('bearer', {}), ['credential.token']);
  assert.deepEqual(paths('bearer', { token: '' }), ['credential.token']);
  assert.deepEqual(paths('basic', { username: 'u' }), ['credential.password']);
  assert.deepEqual(paths('aws_sigv4', { access_key_id: aws.access_key_id }), [
    'credential.secret_access_key',
  ]);
});

test('the fields of a template take the place of those of the type, its optional ones may be missing', () => {
  const rules = [
    { in: 'header', name: 'DD-API-KEY', format: '{api_key}' },
    { in: 'header', name: 'DD-APPLICATION-KEY', format: '{application_key}' },
  ] as const;
  const optionalFields = new Set(['application_key']);
  assert.deepEqual(issues('api_key', { api_key: 'a' }, { rules, optionalFields }), []);
  assert.deepEqual(paths('api_key', { application_key: 'a' }, { rules, optionalFields }), [
    'credential.api_key',
  ]);
  const basic = [{ in: 'basic', username: '{email}/token', password: '{token}' }] as const;
  assert.deepEqual(issues('basic', { email: 'a@b.example', token: 't' }, { rules: basic }), []);
});

test('a field that the type does not have is refused, and so is a name that is none', () => {
  assert.deepEqual(paths('bearer', { token: 't', extra: 'x' }), ['credential.extra']);
  assert.deepEqual(paths('aws_sigv4', { ...aws, token: 'x' }), ['credential.token']);
  for (const name of ['Tenant', '1a', 'a-b', '', '__proto__', 'a'.repeat(65)]) {
    const credential = Object.fromEntries([
      ['token', 't'],
      [name, 'x'],
    ]);
    assert.deepEqual(paths('api_key', credential), [`credential.${name}`], name);
  }
});

for (const value of [
  'a\nb',
  'a\rb',
  'a\r\nX-Evil: 1',
  'a\0b',
  'a\x01b',
  'a\x7fb',
  'a\tb',
  'a\u0085b',
  'a\ud800b',
]) {
  test(`R6: the value ${JSON.stringify(value)} is refused for every credential type`, () => {
    assert.deepEqual(paths('bearer', { token: value }), ['credential.token']);
    assert.deepEqual(paths('api_key', { token: value }), ['credential.token']);
    assert.deepEqual(paths('basic', { username: 'u', password: value }), ['credential.password']);
    assert.deepEqual(paths('aws_sigv4', { ...aws, secret_access_key: value }), [
      'credential.secret_access_key',
    ]);
  });
}

for (const value of ['abc\n', 'abc\r\n', ' abc', 'abc ', '\u00a0abc', 'abc\ufeff']) {
  test(`a value with white space around it is refused: ${JSON.stringify(value)}`, () => {
    assert.deepEqual(paths('bearer', { token: value }), ['credential.token']);
  });
}

for (const value of [
  '****',
  '*',
  '••••••••',
  '●●',
  '…',
  '[secret]',
  '[REDACTED]',
  '<redacted>',
  'sk-…****',
  'sk-abc****wxyz',
  'ghp_••••1234',
]) {
  test(`a masked value written back is refused: ${value}`, () => {
    assert.deepEqual(paths('bearer', { token: value }), ['credential.token']);
  });
}

test('R6: a Basic user name with a colon is refused, a password with one is not', () => {
  const rules = [{ in: 'basic', username: '{username}', password: '{password}' }] as const;
  for (const more of [{}, { rules }]) {
    assert.deepEqual(paths('basic', { username: 'a:b', password: 'p' }, more), ['credential.username']);
    assert.deepEqual(paths('basic', { username: 'a', password: 'p:q' }, more), []);
  }
});

test('a value that would make a dot segment of the path is refused', () => {
  const rules = [{ in: 'path', mode: 'prefix', format: '/{a}{b}/x' }] as const;
  assert.deepEqual(paths('api_key', { a: '.', b: '.' }, { rules }), ['credential']);
  assert.deepEqual(paths('api_key', { a: '..', b: 'x' }, { rules }), []);
  assert.deepEqual(paths('api_key', { a: '../', b: '..' }, { rules }), []);
  const optional = { rules, optionalFields: new Set(['a', 'b']) };
  assert.deepEqual(paths('api_key', { a: '.', b: '' }, optional), ['credential']);
});

test('AWS: shapes are checked, and keys in the wrong field are told', () => {
  for (const access_key_id of ['a', 'AK/IA', 'AK,IA', 'AK=IA', 'AK IA', 'é'.repeat(5)]) {
    assert.deepEqual(paths('aws_sigv4', { ...aws, access_key_id }), ['credential.access_key_id']);
  }
  assert.deepEqual(paths('aws_sigv4', { ...aws, secret_access_key: aws.access_key_id }), [
    'credential.secret_access_key',
  ]);
  assert.deepEqual(paths('aws_sigv4', { ...aws, region: 'eu/west' }), ['credential.region']);
  assert.deepEqual(paths('aws_sigv4', { ...aws, service: 'S3\u0131' }), ['credential.service']);
});

const role = { ...aws, role_arn: 'arn:aws:iam::123456789012:role/path/reader' };

test('AWS: the fields of a role are judged, and go with a role only', () => {
  const good = {
    external_id: 'tenant-7',
    session_name: 'alter-{caller}@{grant}',
    duration_seconds: '900',
    session_policy: '{"Version":"2012-10-17","Statement":[]}',
    session_tags: '{"team":"billing","who":"{agent}"}',
    sts_endpoint: 'https://rgw.example.com:8443',
  };
  assert.deepEqual(paths('aws_sigv4', { ...role, ...good }), []);
  for (const [name, value] of Object.entries(good))
    assert.deepEqual(paths('aws_sigv4', { ...aws, [name]: value }), ['credential.role_arn']);
  const bad: readonly [string, readonly string[]][] = [
    ['role_arn', ['reader', 'arn:aws:iam::1:user/x', 'arn:aws:iam::123456789012:role/']],
    ['external_id', ['x', 'a b']],
    ['session_name', ['a b', '{secret_access_key}', '{caller', 'x'.repeat(65)]],
    ['duration_seconds', ['899', '43201', '1h', '900.5']],
    ['session_policy', ['{', '[]', '"x"', `{"a":"${'x'.repeat(2048)}"}`]],
    ['session_tags', ['[]', '{"a":1}', '{"":"x"}', '{"a":"{nobody}"}', '{"a":"x<y"}']],
    ['sts_endpoint', ['sts.example.com', 'https://sts.example.com/path', 'https://u@sts.example.com']],
  ];
  for (const [name, values] of bad)
    for (const value of values)
      assert.deepEqual(paths('aws_sigv4', { ...role, [name]: value }), [`credential.${name}`], value);
});

test('I8: what is always secret, or all of a credential, can not be declared public', () => {
  assert.deepEqual(paths('api_key', { token: 't', a: 'b' }, { publicFields: ['token'] }), [
    'public_fields[0]',
  ]);
  assert.deepEqual(paths('api_key', { token: 't', a: 'b' }, { publicFields: ['c'] }), ['public_fields[0]']);
  const rules = [{ in: 'header', name: 'X-A', format: '{a}' }] as const;
  assert.deepEqual(paths('api_key', { a: 'b' }, { publicFields: ['a'], rules }), ['public_fields']);
});

test('the size is bounded', () => {
  assert.deepEqual(issues('bearer', { token: 'x'.repeat(CREDENTIAL_BYTES_MAX) }), []);
  assert.deepEqual(paths('bearer', { token: 'é'.repeat(CREDENTIAL_BYTES_MAX / 2) + 'x' }), ['credential']);
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`f${at}`, 'x']));
  assert.deepEqual(paths('api_key', { ...many, token: 't' }), ['credential']);
});

test('I8: no issue holds the value', () => {
  for (const token of ['canary\n', 'canary****', 'ca\0nary']) {
    assert.ok(!JSON.stringify(issues('bearer', { token })).includes(JSON.stringify(token).slice(1, 7)));
  }
});
