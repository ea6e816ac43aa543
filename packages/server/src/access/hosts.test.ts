import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAddressPolicy } from '../egress/address.ts';
import { parseTarget } from '../path/target.ts';
import { compileHosts, type HostPatternContext, isWidening, matchesHost, parseHostPattern } from './hosts.ts';

const strict: HostPatternContext = {
  credentialType: 'bearer',
  pinnedByTemplate: false,
  egressAllow: parseAddressPolicy([]),
  allowAnyHost: false,
};
const local: HostPatternContext = {
  ...strict,
  egressAllow: parseAddressPolicy(['127.0.0.0/8', '::1/128', '10.0.0.0/8']),
};
const aws: HostPatternContext = { ...strict, credentialType: 'aws_sigv4' };

function accepts(text: string, context = strict, canonical = text): void {
  const pattern = parseHostPattern(text, context);
  assert.ok(typeof pattern !== 'string', `${text}: ${String(pattern)}`);
  assert.equal(pattern.text, canonical);
}

function refuses(text: string, context = strict): void {
  assert.equal(typeof parseHostPattern(text, context), 'string', `accepted: ${text}`);
}

/** Through both ways of matching, which must agree. */
function allows(entry: string, url: string, context = local): boolean {
  const pattern = parseHostPattern(entry, context);
  assert.ok(typeof pattern !== 'string', String(pattern));
  const target = parseTarget(url);
  const answer = matchesHost([pattern], target);
  assert.equal(compileHosts([entry]).matches(target), answer);
  assert.equal(compileHosts([pattern.text]).matches(target), answer);
  return answer;
}

test('S13: *.domain is exactly one label, at a label boundary', () => {
  assert.ok(allows('*.example.com', 'https://a.example.com/'));
  for (const host of [
    'example.com',
    'badexample.com',
    'example.com.evil',
    'a.b.example.com',
    'a.example.com.evil',
    'xexample.com',
  ]) {
    assert.ok(!allows('*.example.com', `https://${host}/`), host);
  }
});

test('S13: **.domain is one label or more, never the bare domain', () => {
  assert.ok(allows('**.example.com', 'https://a.example.com/'));
  assert.ok(allows('**.example.com', 'https://a.b.c.example.com/'));
  for (const host of ['example.com', 'badexample.com', 'example.com.evil'])
    assert.ok(!allows('**.example.com', `https://${host}/`), host);
});

test('S9 S13: an entry binds the port, 443 without one, and the scheme https', () => {
  assert.ok(allows('api.example.com', 'https://API.example.com:443/'));
  assert.ok(!allows('api.example.com', 'https://api.example.com:8443/'));
  assert.ok(!allows('api.example.com', 'http://api.example.com/'));
  assert.ok(!allows('api.example.com', 'http://api.example.com:443/'));
  assert.ok(allows('api.example.com:8443', 'https://api.example.com:8443/'));
  assert.ok(!allows('api.example.com:8443', 'https://api.example.com/'));
  assert.ok(!allows('api.example.com:80', 'http://api.example.com/'));
  assert.ok(allows('*.example.com:8443', 'https://a.example.com:8443/'));
  assert.ok(!allows('*.example.com', 'http://a.example.com/'));
});

test('S13: a wildcard at or above a public suffix is refused', () => {
  for (const text of [
    '*.com',
    '**.com',
    '*.co.uk',
    '*.github.io',
    '**.github.io',
    '*.internal',
    '*.uk',
    '*.s3.amazonaws.com',
  ])
    refuses(text);
  for (const text of ['*.example.com', '**.example.co.uk', '*.me.github.io', '*.svc.internal']) accepts(text);
});

test('WIRE §5: only the ICANN section counts for AWS and for what a template pins', () => {
  for (const context of [aws, { ...strict, pinnedByTemplate: true }]) {
    accepts('*.github.io', context);
    accepts('**.amazonaws.com', context);
    for (const text of ['*.com', '**.co.uk', '*.internal']) refuses(text, context);
  }
  refuses('*.github.io', strict);
});

test('S13: * must be asked for, and then means https to any host', () => {
  refuses('*');
  const open = { ...local, allowAnyHost: true };
  accepts('*', open);
  assert.ok(allows('*', 'https://anything.example:8443/', open));
  assert.ok(!allows('*', 'http://127.0.0.1:9000/', open));
  for (const text of [
    '**',
    '*.',
    '**.',
    '*:443',
    '*.*',
    '*.*.example.com',
    'a.*.example.com',
    '***.example.com',
    '*example.com',
    'http://*',
  ])
    refuses(text, open);
});

test('WIRE §5: http://host:port and loopback literals exist only inside ALTER_EGRESS_ALLOW', () => {
  for (const text of [
    'http://internal.example:8080',
    'http://127.0.0.1:9000',
    '127.0.0.1:9000',
    '127.0.0.1',
    '[::1]:9000',
  ])
    refuses(text, strict);
  accepts('http://internal.example:8080', local);
  accepts('127.0.0.1:9000', local);
  accepts('[::1]:9000', local);
  accepts('http://10.0.0.5:80', local);
  refuses('http://8.8.8.8:80', local);
  refuses('192.168.0.1:443', local);
  refuses('169.254.169.254', { ...strict, egressAllow: parseAddressPolicy(['0.0.0.0/0']) });
  for (const text of [
    'http://internal.example',
    'http://*.internal.example:80',
    'https://a.example',
    'ftp://a.example:21',
    'HTTP://a.example:80/',
  ])
    refuses(text, local);
});

test('WIRE §5: a bare loopback literal with a port means http and https, others what they say', () => {
  assert.ok(allows('127.0.0.1:9000', 'http://127.0.0.1:9000/'));
  assert.ok(allows('127.0.0.1:9000', 'https://127.0.0.1:9000/'));
  assert.ok(!allows('127.0.0.1:9000', 'http://127.0.0.1:9001/'));
  assert.ok(!allows('127.0.0.1:9000', 'http://127.0.0.2:9000/'));
  assert.ok(!allows('127.0.0.1', 'http://127.0.0.1/'));
  assert.ok(!allows('127.0.0.1', 'http://127.0.0.1:443/'));
  assert.ok(allows('127.0.0.1:443', 'http://127.0.0.1:443/'));
  assert.ok(!allows('10.0.0.5:9000', 'http://10.0.0.5:9000/'));
  assert.ok(allows('http://127.0.0.1:9000', 'http://127.0.0.1:9000/'));
  assert.ok(!allows('http://127.0.0.1:9000', 'https://127.0.0.1:9000/'));
  assert.ok(!allows('localhost:9000', 'http://localhost:9000/'));
  assert.ok(allows('[::1]:9000', 'http://[::1]:9000/'));
  assert.ok(allows('http://a.example:80', 'http://a.example/'));
});

test('S3 S12: odd spellings of hosts are refused', () => {
  for (const text of [
    'аpi.openai.com',
    'faß.de',
    'ＧＯＯＧＬＥ.com',
    '0x7f.1',
    '127.1',
    'a..b',
    'a.example.',
    'a.example:0',
    'a.example:0443',
    'a.example:65536',
    'a.example:',
    'a b',
    'a@b.example',
    'a.example/x',
    'a.example?x',
    '*.1.2.3.4',
    '*.[::1]',
    '',
    '.',
    '::1',
    'a\\b',
  ]) {
    refuses(text, { ...local, allowAnyHost: true });
  }
  accepts('API.Example.com:443', strict, 'api.example.com');
  accepts('**.EXAMPLE.com:8443', strict, '**.example.com:8443');
});

test('an entry that can not be read allows nothing', () => {
  assert.ok(!compileHosts(['https://a.example', '']).matches(parseTarget('https://a.example/')));
});

test('WIRE §4: widening is anything that no entry allowed before', () => {
  const widens: [string[], string[]][] = [
    [[], ['a.example.com']],
    [['a.example.com'], ['b.example.com']],
    [['a.example.com'], ['a.example.com', 'b.example.com']],
    [['a.example.com'], ['*.example.com']],
    [['*.example.com'], ['**.example.com']],
    [['*.example.com'], ['example.com']],
    [['*.example.com'], ['a.b.example.com']],
    [['**.a.example.com'], ['**.example.com']],
    [['a.example.com'], ['a.example.com:8443']],
    [['a.example.com'], ['*']],
    [['a.example.com:80'], ['http://a.example.com:80']],
    [['http://127.0.0.1:9000'], ['127.0.0.1:9000']],
    [['*'], ['http://a.example.com:80']],
    [['*'], ['127.0.0.1:9000']],
    [['a.example.com'], ['not a host']],
  ];
  for (const [before, after] of widens) assert.ok(isWidening(before, after), `${before} → ${after}`);
  const narrows: [string[], string[]][] = [
    [['a.example.com'], []],
    [['a.example.com'], ['A.example.com:443']],
    [['a.example.com', 'b.example.com'], ['b.example.com']],
    [['*.example.com'], ['a.example.com']],
    [['**.example.com'], ['*.example.com', '*.a.example.com', '**.a.example.com', 'x.y.example.com']],
    [['*'], ['*', 'a.example.com', '**.example.com:8443']],
    [['127.0.0.1:9000'], ['http://127.0.0.1:9000']],
  ];
  for (const [before, after] of narrows) assert.ok(!isWidening(before, after), `${before} → ${after}`);
});

const name = fc
  .array(fc.constantFrom('a', 'b', 'example', 'com'), { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'));
const port = fc.constantFrom('', ':443', ':8443');
const entry = fc.oneof(
  {
    arbitrary: fc.tuple(fc.constantFrom('', '*.', '**.'), name, port).map((parts) => parts.join('')),
    weight: 8,
  },
  {
    arbitrary: fc.constantFrom('*', '127.0.0.1:9000', 'http://127.0.0.1:9000', 'http://a.example:80'),
    weight: 1,
  },
);
const url = fc
  .tuple(
    fc.constantFrom('https', 'http'),
    fc.oneof(name, fc.constant('127.0.0.1')),
    fc.constantFrom('', ':443', ':8443', ':9000'),
  )
  .map(([scheme, host, rest]) => `${scheme}://${host}${rest}/`);

test('S13 property: what does not widen allows no target that was not allowed', () => {
  let told = 0;
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 3 }),
      fc.array(entry, { maxLength: 2 }),
      fc.array(url, { minLength: 5 }),
      (before, after, urls) => {
        if (isWidening(before, after)) return;
        told += after.length;
        const [was, is] = [compileHosts(before), compileHosts(after)];
        for (const target of urls.map((text) => parseTarget(text)))
          assert.ok(was.matches(target) || !is.matches(target), `${before} → ${after}: ${target.url}`);
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(told > 50, `only ${told} entries were compared`);
});
