import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../refusal.ts';
import { parseTarget, type TargetOptions } from './target.ts';

function refused(raw: string, options?: TargetOptions): void {
  assert.throws(
    () => parseTarget(raw, options),
    (error: unknown) =>
      error instanceof Refusal &&
      error.code === 'invalid_request' &&
      error.issues?.[0]?.path === (options?.field ?? 'Alter-Url'),
    `accepted: ${JSON.stringify(raw)}`,
  );
}

test('a plain target keeps its parts, with case and default port made canonical', () => {
  const target = parseTarget('HTTPS://API.Example.com:443/v1/x?y=z&y=%41');
  assert.deepEqual(
    { ...target },
    {
      scheme: 'https',
      host: 'api.example.com',
      isIpLiteral: false,
      port: 443,
      authority: 'api.example.com',
      origin: 'https://api.example.com',
      path: '/v1/x',
      rawPath: '/v1/x',
      query: 'y=z&y=%41',
      hasQuery: true,
      url: 'https://api.example.com/v1/x?y=z&y=%41',
    },
  );
  assert.ok(Object.isFrozen(target));
});

test('an absent path is /, and an empty query is not no query', () => {
  assert.equal(parseTarget('https://a.example').path, '/');
  assert.equal(parseTarget('https://a.example?').url, 'https://a.example/?');
  assert.equal(parseTarget('https://a.example').hasQuery, false);
  assert.equal(parseTarget('https://a.example?a=b').path, '/');
});

test('another field can be named in the refusal', () => {
  refused('nonsense', { field: 'url' });
});

test('S3: IPv4 in any but the dotted form is refused', () => {
  for (const host of [
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '127.1',
    '0',
    '127.0.0.1.',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '127%2e0%2e0%2e1',
    '%31%32%37.0.0.1',
    '127.0.0.01',
    '256.1.1.1',
    '1.2.3',
    '1.2.3.4.5',
    'a.0x1',
  ]) {
    refused(`https://${host}/`);
    refused(`http://${host}:8080/`);
  }
  const target = parseTarget('http://127.0.0.1:9000/');
  assert.equal(target.isIpLiteral, true);
  assert.equal(target.authority, '127.0.0.1:9000');
});

test('S4: IPv6 must be in its canonical form, without a zone', () => {
  for (const host of [
    '[::0001]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[fe80::1%eth0]',
    '[fe80::1%25eth0]',
    '::1',
    '[::1',
    '[]',
    '[::1]x',
    '[v1.x]',
  ]) {
    refused(`https://${host}/`);
  }
  const target = parseTarget('https://[2606:4700::1111]:8443/x');
  assert.equal(target.host, '2606:4700::1111');
  assert.equal(target.authority, '[2606:4700::1111]:8443');
  assert.equal(target.isIpLiteral, true);
  assert.equal(
    parseTarget('https://[::FFFF:7F00:1]/').host,
    '::ffff:7f00:1',
    'its form is canonical; egress refuses it',
  );
});

test('S9: other schemes and ports outside 1–65535 are refused', () => {
  for (const raw of [
    'file:///etc/passwd',
    'gopher://a.example/',
    'ftp://a.example/',
    'data:text/plain,x',
    'ws://a.example/',
    'wss://a.example/',
    'javascript:1',
    'https://a.example:0/',
    'https://a.example:65536/',
    'https://a.example:080/',
    'https://a.example:0443/',
    'https://a.example:/',
    'https://a.example:-1/',
    'https://a.example:+80/',
    'https://a.example:8 0/',
    'https://a.example:99999999999/',
    'https://a.example:80:80/',
  ])
    refused(raw);
  assert.equal(parseTarget('http://a.example:80/').authority, 'a.example');
  assert.equal(parseTarget('http://a.example:443/').authority, 'a.example:443');
});

test('S10: user info in any form is refused', () => {
  for (const raw of [
    'https://good@evil/',
    'https://good:443@evil/',
    'https://u:p@good/',
    'https://@good/',
    'https://:@good/',
    'https://good%40evil/',
  ])
    refused(raw);
});

test('S11: what two parsers read differently is refused', () => {
  for (const raw of [
    'http:\\\\evil',
    'http:/evil',
    'http:evil',
    'https:///evil/',
    'https://',
    'https:// /',
    'ht\ntp://a.example/',
    'https://a\t.example/',
    'https://good#@evil/',
    'https://good\\@evil/',
    'https://good/\\evil',
    ' https://a.example/',
    'https://a.example/ ',
    'https://a.example/\r\nx: y',
    'https://a.example/#f',
    'https://a.example/?q#f',
    'https://xn--/',
    'https://xn--a.example-/',
    'https://a..b/',
    'https://.a/',
    'https://a.example./',
    'https://a_b!c/',
    "https://a'b/",
    'https://a*b/',
    'https://-a.example/',
    'https://a-.example/',
    `https://${'a'.repeat(64)}.example/`,
    'https://a,b/',
    '',
    'x',
    '//a.example/',
    '/v1',
    'https%3a//a.example/',
    'https://?x',
    'https://a.example\0/',
    'https://a.example/\x7f',
  ])
    refused(raw);
  refused(`https://a.example/${'x'.repeat(16_384)}`);
  refused(`https://${'a.'.repeat(126)}aa/`);
});

test('S12: Unicode hosts are refused; their A-labels are taken', () => {
  for (const host of [
    'ＧＯＯＧＬＥ.com',
    'faß.de',
    'ex\u00admple.com',
    '℀.com',
    'аpi.openai.com',
    'evil。example',
  ])
    refused(`https://${host}/`);
  assert.equal(parseTarget('https://XN--FA-hia.de/').host, 'xn--fa-hia.de');
  assert.notEqual(parseTarget('https://xn--pi-7kc.openai.com/').host, 'api.openai.com');
});

test('S14 R5: no path leaves its origin, and a leading // is refused unless asked for', () => {
  for (const raw of [
    'https://a.example//evil/x',
    'https://a.example/..//evil',
    'https://a.example/b/..//evil',
    'https://a.example/%2e//evil',
    'https://a.example/\\evil',
    'https://a.example\\evil',
  ])
    refused(raw);
  const key = parseTarget('https://a.example//x', { allowEmptySegments: true });
  assert.equal(key.path, '//x');
  assert.equal(key.authority, 'a.example');
  assert.equal(parseTarget('https://a.example/x//y').path, '/x//y');
  assert.equal(parseTarget('https://a.example/https://evil/').url, 'https://a.example/https://evil/');
});

test('R8: dot segments collapse in path and stay in rawPath', () => {
  for (const [raw, path] of [
    ['/v1/../admin', '/admin'],
    ['/v1/%2e%2e/admin', '/admin'],
    ['/v1/.%2E/admin', '/admin'],
    ['/v1/..%2fadmin', '/v1/..%2fadmin'],
    ['/%252e%252e', '/%252e%252e'],
    ['/a/./b', '/a/b'],
    ['/../../x', '/x'],
  ] as const) {
    const target = parseTarget(`https://a.example${raw}`);
    assert.equal(target.path, path, raw);
    assert.equal(target.rawPath, raw);
  }
});

test('R6: encoded control characters in the path are refused, in the query they are data', () => {
  for (const code of ['%00', '%0a', '%0D', '%1f', '%1F', '%7f', '%7F'])
    refused(`https://a.example/x${code}y`);
  for (const code of ['%20', '%2f', '%80', '%21']) parseTarget(`https://a.example/x${code}y`);
  assert.equal(parseTarget('https://a.example/?a=%0a').query, 'a=%0a');
});

const label = fc.stringMatching(/^[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,8}[a-zA-Z0-9_])?$/);
const host = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
  fc.ipV4(),
  fc.ipV6().map((ip) => `[${ip}]`),
  fc.domain(),
);
const path = fc.stringMatching(/^(\/[!-~]{0,12}){0,4}$/);
const anyText = fc.oneof(
  fc.string({ unit: 'binary-ascii' }),
  fc.string({ unit: 'binary' }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
);
const written = fc
  .tuple(
    fc.constantFrom('https', 'http', 'HTTPS', 'ftp'),
    host,
    fc.option(fc.nat({ max: 70_000 })),
    path,
    fc.option(fc.stringMatching(/^[!-~]{0,12}$/)),
  )
  .map(
    ([scheme, name, port, rest, query]) =>
      `${scheme}://${name}${port === null ? '' : `:${port}`}${rest}${query === null ? '' : `?${query}`}`,
  );

test('S11 property: what is accepted means the same to the URL standard, and parsing it again changes nothing', () => {
  let accepted = 0;
  const check = (raw: string): void => {
    let target;
    try {
      target = parseTarget(raw, { allowEmptySegments: true });
    } catch (error) {
      assert.ok(error instanceof Refusal, String(error));
      return;
    }
    accepted += 1;
    for (const text of [raw, target.url]) {
      const url = new URL(text);
      assert.equal(url.hostname, target.host.includes(':') ? `[${target.host}]` : target.host);
      assert.equal(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port), target.port);
      assert.equal(url.host, target.authority);
      assert.equal(url.origin, target.origin);
      assert.equal(url.pathname, target.path);
      assert.equal(url.username + url.password + url.hash, '');
    }
    const again = parseTarget(target.url, { allowEmptySegments: true });
    assert.deepEqual({ ...again, rawPath: '' }, { ...target, rawPath: '' });
  };
  fc.assert(fc.property(fc.oneof(written, anyText), check), { numRuns: 3000 });
  assert.ok(accepted > 300, `only ${accepted} were accepted, so the property says little`);
});
