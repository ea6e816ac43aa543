import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOG, resolveTemplate } from '@alter-vault/catalog';
import { CREDENTIAL_TYPES, type CredentialType } from '@alter-vault/contract';
import { FORMAT_CHARACTERS_MAX, parseInjection, RULES_MAX } from './parse-rules.ts';
import { defaultInjection } from './rules.ts';

const paths = (value: unknown, credentialType: CredentialType = 'api_key', fields?: ReadonlySet<string>) => [
  ...new Set(parseInjection(value, { credentialType, fields }).issues.map(({ path }) => path)),
];
const header = (name: string, format = '{token}') => ({ in: 'header', name, format });
const path = (format: string) => ({ in: 'path', mode: 'prefix', format });

test('the default rules of each credential type pass', () => {
  for (const type of CREDENTIAL_TYPES) {
    const { rules, issues } = parseInjection(defaultInjection(type), { credentialType: type });
    assert.deepEqual(issues, []);
    assert.equal(rules.length, 1);
  }
});

test('the rules of WIRE §5 pass as they are', () => {
  const rules = [
    header('X-Custom-Auth', 'Token {token}'),
    header('X-Tenant', '{tenant}'),
    { in: 'query', name: 'api_key', format: '{token}' },
    path('/bot{token}/'),
  ];
  assert.deepEqual(parseInjection(rules, { credentialType: 'api_key' }), { rules, issues: [] });
});

test('every template of the catalogue passes', () => {
  const isCustom = (text: string) => text.includes('{');
  for (const template of CATALOG) {
    const variables = Object.fromEntries(template.variables.map(({ name, example }) => [name, example]));
    const resolved = resolveTemplate(template, variables, {});
    const injection = resolved.ok ? resolved.injection : template.injection;
    const fields = new Set(template.fields.map(({ name }) => name));
    if (injection.some((rule) => 'name' in rule && isCustom(rule.name))) continue;
    const { issues } = parseInjection(injection, { credentialType: template.credential_type, fields });
    assert.deepEqual(issues, [], template.id);
  }
});

for (const name of [
  'Host',
  'content-length',
  'Transfer-Encoding',
  'Connection',
  'TE',
  'Trailer',
  'Upgrade',
  'Expect',
  'Keep-Alive',
  'Proxy-Connection',
  'Proxy-Authorization',
  'Alter-Grant',
  'alter_grant',
  'X-Forwarded-For',
  'Forwarded',
  'X-HTTP-Method-Override',
  'X-Original-URL',
  'transfer_encoding',
  '',
  'a b',
  'a:b',
  'a\r\nb',
  'é',
  'x'.repeat(129),
]) {
  test(`R3 R6: a header called ${JSON.stringify(name.slice(0, 30))} is refused`, () => {
    assert.deepEqual(paths([header(name)]), ['injection[0].name']);
  });
}

for (const format of [
  ...[
    '',
    ' {token}',
    '{token} ',
    '{',
    '}',
    '{token',
    'token}',
    '{}',
    '{Token}',
    '{{token}',
    '{token}}',
    '{a b}',
    '{a:b}',
  ],
  ...[
    '{base64(a)}',
    '{base64(a:b:c)}',
    '{base64({a}:b)}',
    '{base64(a:b}',
    '{token}\r\n',
    '\0{token}',
    '\ud800{token}',
  ],
  `{token}${'x'.repeat(FORMAT_CHARACTERS_MAX)}`,
]) {
  test(`R6 R7: the format ${JSON.stringify(format.slice(0, 24))} is refused`, () => {
    assert.deepEqual(paths([header('X-A', format)]), ['injection[0].format']);
  });
}

test('a format that names a field which the credential does not have is refused', () => {
  assert.deepEqual(paths([header('X-A', '{tokn}')], 'bearer'), ['injection[0].format']);
  assert.deepEqual(paths([header('X-A', '{base64(token:pass)}')], 'bearer'), ['injection[0].format']);
  assert.deepEqual(paths([header('X-A', '{b}')], 'api_key', new Set(['a'])), ['injection[0].format']);
  assert.deepEqual(paths([header('X-A', '{anything}')]), []);
});

test('no field of an AWS credential may be put into a request: only a signature leaves', () => {
  const rule = { in: 'aws_sigv4' };
  assert.deepEqual(paths([header('X-A', '{secret_access_key}'), rule], 'aws_sigv4'), ['injection[0].format']);
  assert.deepEqual(paths([header('X-A', 'literal'), rule], 'aws_sigv4'), []);
});

test('an AWS rule may say which services and regions are signed for, and how long a presigned URL may live', () => {
  const of = (more: object) => paths([{ in: 'aws_sigv4', ...more }], 'aws_sigv4');
  assert.deepEqual(of({ services: ['s3', 'sqs'], regions: ['eu-west-1'], presign_seconds_max: 0 }), []);
  assert.deepEqual(of({ service: 's3', services: ['s3'] }), []);
  assert.deepEqual(of({ service: 'sqs', services: ['s3'] }), ['injection[0].services']);
  for (const services of [[], 's3', ['S3'], ['s3', 1], ['']])
    assert.deepEqual(of({ services }), ['injection[0].services']);
  assert.deepEqual(of({ regions: ['a/b'] }), ['injection[0].regions']);
  for (const presign_seconds_max of [-1, 1.5, '60', 604_801, Number.NaN])
    assert.deepEqual(of({ presign_seconds_max }), ['injection[0].presign_seconds_max']);
  const { rules } = parseInjection([{ in: 'aws_sigv4', services: ['s3', 's3'], presign_seconds_max: 60 }], {
    credentialType: 'aws_sigv4',
  });
  assert.deepEqual(rules, [{ in: 'aws_sigv4', services: ['s3'], presign_seconds_max: 60 }]);
});

test('at most one AWS rule, at the end, with the right credential type, and nothing in its slots', () => {
  const rule = { in: 'aws_sigv4', service: 's3', region: 'eu-west-1' };
  assert.deepEqual(paths([rule], 'aws_sigv4'), []);
  assert.deepEqual(paths([rule, header('X-A', 'a')], 'aws_sigv4'), ['injection[0]']);
  assert.deepEqual(paths([rule, rule], 'aws_sigv4'), ['injection[0]', 'injection[1]']);
  assert.deepEqual(paths([header('x_amz-date', 'a'), rule], 'aws_sigv4'), ['injection[1]']);
  assert.deepEqual(paths([rule], 'bearer'), ['injection']);
  assert.deepEqual(paths([header('X-A', 'a')], 'aws_sigv4'), ['injection']);
  assert.deepEqual(paths([{ in: 'aws_sigv4', region: 'a/b' }], 'aws_sigv4'), ['injection[0].region']);
});

test('a rule holds only what was given, so that it can be stored under the MAC of its row', () => {
  const { rules } = parseInjection([{ in: 'aws_sigv4' }], { credentialType: 'aws_sigv4' });
  assert.deepEqual(rules.map(Object.keys), [['in']]);
});

test('R2: two rules for one slot are refused, however they write its name', () => {
  const query = (name: string) => ({ in: 'query', name, format: '{token}' });
  const basic = { in: 'basic', username: '{token}', password: '' };
  assert.deepEqual(paths([header('X-Key'), header('x_KEY')]), ['injection[1]']);
  assert.deepEqual(paths([header('Authorization'), basic]), ['injection[1]']);
  assert.deepEqual(paths([query('key'), query('KEY[]')]), ['injection[1]']);
  assert.deepEqual(paths([path('/a{token}'), path('/b{token}')]), ['injection[1]']);
  assert.deepEqual(paths([query('key'), header('key')]), []);
});

for (const format of [
  '',
  'bot{token}',
  '/a?{token}',
  '/a#{token}',
  '//{token}',
  '/../{token}',
  '/%2e%2E/{token}',
  '/a/./{token}',
  '/%2f{token}',
  '/%zz{token}',
  '/a b{token}',
  '/é{token}',
  '/\\{token}',
  '/%00{token}',
]) {
  test(`the path format ${JSON.stringify(format)} is refused`, () => {
    assert.deepEqual(paths([path(format), header('X-A')]), ['injection[0].format']);
  });
}

test('a Basic user name can not hold a colon, nor be empty', () => {
  const basic = (username: string) => [{ in: 'basic', username, password: '{token}' }];
  assert.deepEqual(paths(basic('a:b')), ['injection[0].username']);
  assert.deepEqual(paths(basic('')), ['injection[0].username']);
  assert.deepEqual(paths(basic('api')), []);
});

test('anything but a short list of known rules is refused with its path', () => {
  for (const value of [
    undefined,
    null,
    {},
    'x',
    [],
    Array.from({ length: RULES_MAX + 1 }, (_, at) => header(`X-${at}`)),
  ]) {
    assert.deepEqual(paths(value), ['injection']);
  }
  for (const rule of [null, 1, 'x', [], {}, { in: 'cookie' }, { in: '__proto__' }, { in: 'toString' }]) {
    assert.deepEqual(paths([rule]), ['injection[0].in']);
  }
  assert.deepEqual(paths([{ ...header('X-A'), extra: 1 }]), ['injection[0].extra']);
  assert.deepEqual(paths([{ in: 'header', name: 1, format: '{token}' }]), ['injection[0].name']);
  assert.deepEqual(paths([{ in: 'path', mode: 'append', format: '/{token}' }]), ['injection[0].mode']);
  for (const name of ['', '[]', 'a b', 'a\n', '\ud800']) {
    assert.deepEqual(paths([{ in: 'query', name, format: '{token}' }]), ['injection[0].name']);
  }
  assert.deepEqual(paths([header('X-A', 'no field at all')]), ['injection']);
});
