import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRuleInput } from '@alter-vault/contract';
import { type CallOptions, issuePaths, judge } from './policy-rig.ts';

type Effect = 'allow_only' | 'deny';
type Json = NonNullable<Extract<PolicyRuleInput, { type: 'request' }>['json']>;

const paths = (effect: Effect, ...globs: string[]): PolicyRuleInput => ({
  type: 'request',
  effect,
  paths: globs,
});
const ORIGIN = 'https://api.example.com';
const isAllowed = (glob: string, path: string): boolean =>
  judge(paths('allow_only', glob), { url: ORIGIN + path }).verdict === 'pass';
const isDenied = (glob: string, path: string): boolean =>
  judge(paths('deny', glob), { url: ORIGIN + path }).verdict === 'deny';

const GLOBS: readonly (readonly [string, string, boolean])[] = [
  ['/v1/x', '/v1/x', true],
  ['/v1/x', '/v1/x/', false],
  ['/v1/x', '/V1/x', false],
  ['/v1/x', '/v1/x?y=/v2', true],
  ['/v1/*', '/v1/x', true],
  ['/v1/*', '/v1/', false],
  ['/v1/*', '/v1/x/y', false],
  ['/v1/*/y', '/v1/x/y', true],
  ['/v1/*/y', '/v1/x/z/y', false],
  ['/v1/a*', '/v1/a', true],
  ['/v1/a*c', '/v1/abc', true],
  ['/v1/a*c', '/v1/ab', false],
  ['/v1/a*a', '/v1/a', false],
  ['/v1/*b*d*', '/v1/abcd', true],
  ['/v1/*d*b*', '/v1/abcd', false],
  ['/v1/**', '/v1/x/y/z', true],
  ['/v1/**', '/v1', true],
  ['/v1/**', '/v1/', true],
  ['/v1/**', '/v10/x', false],
  ['/**', '/', true],
  ['/**', '/any/thing', true],
  ['/**/admin/*', '/admin/x', true],
  ['/**/admin/*', '/a/b/admin/x', true],
  ['/**/admin/*', '/a/b/admin', false],
  ['/a/**/b/**/c', '/a/b/x/b/c/c', true],
  ['/a/**/b/**/c', '/a/c/b', false],
  ['/v1/%2A', '/v1/*', true],
  ['/v1/%2A', '/v1/x', false],
  ['/caf%c3%a9', '/caf%C3%A9', true],
];

for (const [glob, path, isMatch] of GLOBS) {
  test(`R8: ${glob} ${isMatch ? 'covers' : 'leaves out'} ${path}`, () => {
    assert.equal(isAllowed(glob, path), isMatch);
    assert.equal(isDenied(glob, path), isMatch);
  });
}

test('R8: a path is judged in the form that is sent, whatever spelling came', () => {
  for (const path of [
    '/v1/../admin',
    '/v1/%2e%2e/admin',
    '/v1/.%2E/admin',
    '/%61dmin',
    '/adm%69n',
    '/v1;x=1/../admin',
    '/admin;x=1',
    '/v1/%2E/../../admin',
  ])
    assert.ok(isDenied('/admin/**', path), path);
  for (const path of ['/v1//admin', '/v1/admin', '/v1/;a/admin', '/v1;a=b/admin/x', '/v1///admin//x'])
    assert.ok(isDenied('/v1/admin/**', path), path);
});

test('R8: what servers read in different ways passes no path rule, of either effect', () => {
  for (const path of [
    '/v1/..%2fadmin',
    '/v1/%2e%2e%2fadmin',
    '/v1/a%5cb',
    '/v1/a%5Cb',
    '/v1/%252e%252e/admin',
    '/v1/%2561dmin',
    '/v1/%c0%ae%c0%ae/admin',
    '/v1/%ff',
    '/v1/%zz',
    '/v1/%',
    '/v1/..;/admin',
    '/v1/%2e%2e;/admin',
  ]) {
    assert.ok(!isAllowed('/**', path), path);
    assert.ok(isDenied('/never', path), path);
  }
  for (const rawPath of ['/b/a/../c', '/b/./c', '/b/%2e%2e/c', '/b/%00']) {
    assert.equal(judge(paths('deny', '/never'), { rawPath }).verdict, 'deny', rawPath);
    assert.equal(judge(paths('allow_only', '/**'), { rawPath }).verdict, 'deny', rawPath);
  }
});

test('R8: to be allowed, every reading of a path must match', () => {
  assert.ok(isAllowed('/v1/**', '/v1//x'));
  assert.ok(!isAllowed('/v1/*', '/v1/;x'));
  assert.ok(isAllowed('/v1/**', '/v1/x;y=1'));
  assert.ok(!isAllowed('/v1/x', '/v1/x;y=1'));
});

test('R8: a path rule that another condition rules out does not care for the path', () => {
  const rule: PolicyRuleInput = { type: 'request', effect: 'deny', methods: ['DELETE'], paths: ['/x'] };
  assert.equal(judge(rule, { url: `${ORIGIN}/a%2fb` }).verdict, 'pass');
  assert.equal(judge(rule, { url: `${ORIGIN}/a%2fb`, method: 'DELETE' }).verdict, 'deny');
});

test('R8: globs that could not mean what they say are refused at save', () => {
  for (const glob of [
    'v1',
    'https://x/',
    '/a**',
    '/a/b**c',
    '/a?b',
    '/a#b',
    '/a/{b}',
    '/[a]',
    '/a//b',
    '/a/../b',
    '/a/%2e/b',
    '/a%2fb',
    '/a%25b',
    '/a%zz',
    '/ä',
    '/a\\b',
    '/a b',
    '***',
  ])
    assert.deepEqual(issuePaths(paths('deny', '/ok', glob)), ['paths.1'], glob);
  assert.deepEqual(issuePaths(paths('deny', '/a', '/a')), ['paths.1']);
});

test('R9: methods are exact tokens', () => {
  const rule: PolicyRuleInput = { type: 'request', effect: 'allow_only', methods: ['GET', 'M-SEARCH'] };
  assert.equal(judge(rule, { method: 'GET' }).verdict, 'pass');
  assert.equal(judge(rule, { method: 'M-SEARCH' }).verdict, 'pass');
  for (const method of ['POST', 'get', 'GETS', 'GE']) assert.equal(judge(rule, { method }).verdict, 'deny');
  for (const method of ['get', 'GET ', 'G T', 'GET,POST', 'Ä'])
    assert.deepEqual(issuePaths({ ...rule, methods: [method] }), ['methods.0'], method);
});

test('S13: hosts match by label; without a port they mean every port', () => {
  const is = (host: string, url: string): boolean =>
    judge({ type: 'request', effect: 'deny', hosts: [host] }, { url }).verdict === 'deny';
  assert.ok(is('api.example.com', 'https://api.example.com/'));
  assert.ok(is('api.example.com', 'https://api.example.com:8443/'));
  assert.ok(is('api.example.com', 'http://api.example.com/'));
  assert.ok(!is('api.example.com:443', 'https://api.example.com:8443/'));
  assert.ok(is('api.example.com:8443', 'https://api.example.com:8443/'));
  assert.ok(!is('http://api.example.com:80', 'https://api.example.com:80/'));
  assert.ok(is('*.example.com', 'https://a.example.com/'));
  for (const host of ['example.com', 'badexample.com', 'a.b.example.com', 'a.example.com.evil'])
    assert.ok(!is('*.example.com', `https://${host}/`), host);
  assert.ok(is('**.example.com', 'https://a.b.example.com/'));
  assert.ok(is('[2001:db8::1]', 'https://[2001:db8::1]:9/'));
  for (const host of [
    'https://x.example',
    'x.example/',
    'x example',
    'a.*.example',
    'x:0',
    'ä.example',
    '010.0.0.1',
  ])
    assert.deepEqual(issuePaths({ type: 'request', effect: 'deny', hosts: [host] }), ['hosts.0'], host);
});

const QUERIES: readonly (readonly [string, 'match' | 'none' | 'unclear'])[] = [
  ['?a=1', 'match'],
  ['?%61=1', 'match'],
  ['?a=%31&b=2', 'match'],
  ['?b=2&a=x+y', 'match'],
  ['?a=x%20y', 'match'],
  ['', 'none'],
  ['?', 'none'],
  ['?a=2', 'none'],
  ['?a', 'none'],
  ['?b=1', 'none'],
  ['?b=%26a=1', 'none'],
  ['?a=1&a=2', 'unclear'],
  ['?a=1&a=1', 'unclear'],
  ['?a=1&%61=2', 'unclear'],
  ['?a[]=1', 'unclear'],
  ['?a=1&a%5B0%5D=2', 'unclear'],
  ['?A=1', 'unclear'],
  ['?b=1;a=1', 'unclear'],
  ['?a=%ff', 'unclear'],
  ['?%ff=1', 'unclear'],
  ['?a=%', 'unclear'],
];

for (const [query, outcome] of QUERIES) {
  test(`R10: the query ${query} is judged once: ${outcome}`, () => {
    const judged = (effect: Effect) =>
      judge({ type: 'request', effect, query: { a: ['1', 'x y'] } }, { url: `${ORIGIN}/${query}` }).verdict;
    assert.equal(judged('allow_only'), outcome === 'match' ? 'pass' : 'deny');
    assert.equal(judged('deny'), outcome === 'none' ? 'pass' : 'deny');
  });
}

const BODIES: readonly (readonly [Json[number], string, 'match' | 'none' | 'unclear'])[] = [
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":1}', 'match'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":1.0}', 'match'],
  [{ pointer: '/a', op: 'equals', value: 100 }, '{"a":1e2}', 'match'],
  [{ pointer: '/a', op: 'equals', value: 0 }, '{"a":-0}', 'match'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":"1"}', 'none'],
  [{ pointer: '/a', op: 'equals', value: 'x' }, '{"a":"\\u0078"}', 'match'],
  [{ pointer: '/a', op: 'equals', value: null }, '{"a":null}', 'match'],
  [{ pointer: '/a', op: 'equals', value: null }, '{}', 'none'],
  [{ pointer: '/a', op: 'equals', value: true }, ' {"b" : [1, {"a":2}] , "a" : true } ', 'match'],
  [{ pointer: '/a/1/b', op: 'equals', value: 'x' }, '{"a":[0,{"b":"x"}]}', 'match'],
  [{ pointer: '/a/01', op: 'equals', value: 1 }, '{"a":[0,1]}', 'none'],
  [{ pointer: '/a/-', op: 'equals', value: 1 }, '{"a":[0,1]}', 'none'],
  [{ pointer: '/a~1b/c~0d', op: 'equals', value: 1 }, '{"a/b":{"c~d":1}}', 'match'],
  [{ pointer: '', op: 'equals', value: 'x' }, '"x"', 'match'],
  [{ pointer: '/', op: 'equals', value: 1 }, '{"":1}', 'match'],
  [{ pointer: '/a', op: 'in', value: ['x', 2] }, '{"a":2}', 'match'],
  [{ pointer: '/a', op: 'in', value: ['x', 2] }, '{"a":3}', 'none'],
  [{ pointer: '/a', op: 'lte', value: 10 }, '{"a":10}', 'match'],
  [{ pointer: '/a', op: 'lte', value: 10 }, '{"a":10.5}', 'none'],
  [{ pointer: '/a', op: 'gte', value: 0.1 }, '{"a":0.1}', 'match'],
  [{ pointer: '/a', op: 'gte', value: 10 }, '{"a":"11"}', 'unclear'],
  [{ pointer: '/a', op: 'gte', value: 10 }, '{"a":null}', 'unclear'],
  [{ pointer: '/a', op: 'gte', value: 10 }, '{}', 'none'],
  [{ pointer: '/a', op: 'gte', value: 10 }, '{"a":9.99999999999999999999}', 'unclear'],
  [{ pointer: '/a', op: 'lte', value: 10 }, '{"a":12345678901234567890}', 'unclear'],
  [{ pointer: '/a', op: 'lte', value: 10 }, '{"a":1e309}', 'unclear'],
  [{ pointer: '/a', op: 'lte', value: 10 }, '{"a":1e-999999999}', 'unclear'],
  [{ pointer: '/a', op: 'lte', value: 10 }, '{"b":12345678901234567890,"a":1}', 'match'],
  [{ pointer: '/a', op: 'matches', value: 'pt-4' }, '{"a":"gpt-4o"}', 'match'],
  [{ pointer: '/a', op: 'matches', value: '^gpt-4$' }, '{"a":"gpt-4o"}', 'none'],
  [{ pointer: '/a', op: 'matches', value: '^x$' }, '{"a":"x\\n"}', 'none'],
  [{ pointer: '/a', op: 'matches', value: '1' }, '{"a":1}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":1,"a":2}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":1,"\\u0061":2}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"b":{"c":1,"c":1},"a":1}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"A":1}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":2,"A":1}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":1,}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '\ufeff{"a":1}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, 'a=1', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":1,"b":"\\u0000"}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"a":1,"b":"\\ud800"}', 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, `{"a":1,"b":${'['.repeat(70)}${']'.repeat(70)}}`, 'unclear'],
  [{ pointer: '/a', op: 'equals', value: 1 }, '{"__proto__":{"a":1}}', 'none'],
];

for (const [condition, body, outcome] of BODIES) {
  const { pointer, op, value } = condition;
  test(`A11: ${pointer} ${op} ${JSON.stringify(value)} on ${body.slice(0, 60)}: ${outcome}`, () => {
    const judged = (effect: Effect) =>
      judge({ type: 'request', effect, json: [condition] }, { body }).verdict;
    assert.equal(judged('allow_only'), outcome === 'match' ? 'pass' : 'deny');
    assert.equal(judged('deny'), outcome === 'none' ? 'pass' : 'deny');
  });
}

test('A11: an invalid body passes no body rule; none at all matches nothing; an unread one is undetermined', () => {
  const json: Json = [{ pointer: '/a', op: 'equals', value: 1 }];
  const judged = (effect: Effect, body: CallOptions['body'] | undefined) =>
    judge({ type: 'request', effect, json }, body === undefined ? {} : { body }).verdict;
  const invalid = [
    Buffer.from([0xff, 0x7b, 0x7d]),
    '{',
    '[',
    '{"a"}',
    "{'a':1}",
    '[1,]',
    'nul',
    '01',
    '1 2',
    '+1',
    '"\t"',
    '['.repeat(100_000),
  ];
  for (const body of invalid) {
    assert.equal(judged('deny', body), 'deny');
    assert.equal(judged('allow_only', body), 'deny');
  }
  for (const body of [undefined, '']) {
    assert.equal(judged('deny', body), 'pass');
    assert.equal(judged('allow_only', body), 'deny');
  }
  assert.equal(judged('deny', null), 'undetermined');
  assert.equal(judged('allow_only', null), 'undetermined');
  // Where something else decides, the body need not be read.
  assert.equal(
    judge({ type: 'request', effect: 'deny', methods: ['POST'], json }, { body: null }).verdict,
    'pass',
  );
});

test('A11: pointers, values and patterns that can not be judged are refused at save', () => {
  const of = (condition: unknown) => issuePaths({ type: 'request', effect: 'deny', json: [condition] });
  for (const pointer of ['a', '/a~', '/a~2', '#/a'])
    assert.deepEqual(of({ pointer, op: 'equals', value: 1 }), ['json.0.pointer']);
  assert.deepEqual(of({ pointer: '/a', op: 'near', value: 1 }), ['json.0.op']);
  assert.deepEqual(of({ pointer: '/a', op: 'lte', value: '1' }), ['json.0.value']);
  assert.deepEqual(of({ pointer: '/a', op: 'equals', value: {} }), ['json.0.value']);
  assert.deepEqual(of({ pointer: '/a', op: 'equals', value: 2 ** 60 }), ['json.0.value']);
  assert.deepEqual(of({ pointer: '/a', op: 'in', value: [] }), ['json.0.value']);
  assert.deepEqual(of({ pointer: '/a', op: 'in', value: ['x', 'x'] }), ['json.0.value.1']);
  assert.deepEqual(of({ pointer: '/a', op: 'equals', value: 1, negate: true }), ['json.0']);
  assert.deepEqual(issuePaths({ type: 'request', effect: 'deny' }), ['']);
  assert.deepEqual(issuePaths({ type: 'request', effect: 'deny', query: {} }), ['']);
  assert.deepEqual(issuePaths({ type: 'request', effect: 'deny', methods: [] }), ['methods']);
  assert.deepEqual(issuePaths({ type: 'request', methods: ['GET'] }), ['effect']);
});

test('A9: patterns that burn seconds elsewhere take milliseconds, and backreferences are refused at save', () => {
  const judged = (value: string, text: string) =>
    judge(
      { type: 'request', effect: 'deny', json: [{ pointer: '', op: 'matches', value }] },
      { body: JSON.stringify(text) },
    );
  const text = `${'a'.repeat(28)}!`;
  for (const pattern of ['^(a+)+$', '^([a-z]+)*@', '^(\\w+\\s?)*$']) {
    judged(pattern, text);
    const before = performance.now();
    assert.equal(judged(pattern, text).verdict, 'pass');
    assert.equal(judged(pattern, 'a'.repeat(16_000) + text).verdict, 'pass');
    assert.ok(performance.now() - before < 1000, pattern);
  }
  assert.equal(judged('a', 'a'.repeat(17_000)).verdict, 'deny');
  for (const value of [
    '(a)\\1',
    '(?=a)',
    '(?<=a)b',
    '(?<!a)b',
    '[',
    '(',
    'a{1001}',
    '((a{100}){100}){100}',
    '(?:a{30}){30}[b-z]{30}(?:c{30}){30}(?:d{30}){30}',
  ])
    assert.deepEqual(
      issuePaths({ type: 'request', effect: 'deny', json: [{ pointer: '', op: 'matches', value }] }),
      ['json.0.value'],
      value,
    );
  assert.deepEqual(
    issuePaths({
      type: 'request',
      effect: 'deny',
      json: [{ pointer: '', op: 'matches', value: 'a'.repeat(513) }],
    }),
    ['json.0.value'],
  );
});
