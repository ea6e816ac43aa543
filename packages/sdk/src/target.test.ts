import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InvalidRequestError } from './errors.ts';
import { parseTarget } from './target.ts';

const REFUSED = [
  ['S11', 'http:\\\\evil.example/'],
  ['S11', 'http:/evil.example/'],
  ['S11', 'http:evil.example/'],
  ['S11', 'ht\ntp://evil.example/'],
  ['S11', 'https://good.example\t/'],
  ['S11', ' https://good.example/'],
  ['S11', 'https://good.example#@evil.example/'],
  ['S11', 'https://good.example\\@evil.example/'],
  ['S11', 'https://good.example/v1\\admin'],
  ['S10', 'https://good@evil.example/'],
  ['S10', 'https://good:443@evil.example/'],
  ['S10', 'https://u:p@good.example/'],
  ['S10', 'https://@good.example/'],
  ['S9', 'file:///etc/passwd'],
  ['S9', 'data:text/plain,x'],
  ['S9', 'ws://good.example/'],
  ['S9', 'https://good.example:65536/'],
  ['S9', 'https://good.example:080/'],
  ['S3', 'http://0x7f.1/'],
  ['S3', 'http://2130706433/'],
  ['S3', 'http://017700000001/'],
  ['S3', 'http://127.1/'],
  ['S3', 'http://127%2e0%2e0%2e1/'],
  ['S3', 'http://①②⑦.⓪.⓪.①/'],
  ['S12', 'https://faß.de/'],
  ['S12', 'https://аpi.openai.com/'],
  ['S12', 'https://evil。example/'],
  ['S14', '//evil.example/x'],
  ['S14', '/v1/x'],
  ['R6', 'https://good.example/a\r\nb'],
  ['R8', 'https://good.example/a%00b'],
  ['R8', 'https://good.example/a%0Ab'],
  ['R8', 'https://good.example/a%7fb'],
  ['S11', 'https://good.example/#fragment'],
  ['S11', ''],
] as const;

for (const [id, url] of REFUSED) {
  test(`${id}: ${JSON.stringify(url)} is refused before anything is sent`, () => {
    assert.throws(() => parseTarget(url), { code: 'invalid_request' });
  });
}

const TAKEN = [
  ['https://GOOD.example', 'https://good.example/'],
  ['HTTPS://good.example:443/x', 'https://good.example/x'],
  ['http://127.0.0.1:9000/a?b#'.slice(0, -1), 'http://127.0.0.1:9000/a?b'],
  ['https://[2001:DB8::1]:8443/x', 'https://[2001:db8::1]:8443/x'],
  ['https://good.example/a b?c=%61', 'https://good.example/a%20b?c=%61'],
  ['https://good.example/v1/../x', 'https://good.example/x'],
  ['https://good.example/?u=http://a@b', 'https://good.example/?u=http://a@b'],
] as const;

for (const [url, href] of TAKEN) {
  test(`S11: ${url} is sent as ${href}`, () => assert.equal(parseTarget(url).href, href));
}

test('a query is appended and what was there stays byte for byte', () => {
  const url = parseTarget('https://a.example/?x=%61+b', {
    q: 'a b+&',
    n: 1,
    on: true,
    none: undefined,
    list: ['1', '2'],
  });
  assert.equal(url.search, '?x=%61+b&q=a%20b%2B%26&n=1&on=true&list=1&list=2');
  assert.equal(parseTarget('https://a.example/', new URLSearchParams('a=1&a=2')).search, '?a=1&a=2');
});

test('S11: no text makes a target whose host is not written in it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `https://good.example${text}`),
      ),
      (text) => {
        let host: string;
        try {
          host = parseTarget(text).hostname;
        } catch (error) {
          assert.ok(error instanceof InvalidRequestError);
          return;
        }
        assert.ok(
          text
            .toLowerCase()
            .replace(/^https?:\/\//, '')
            .startsWith(host),
        );
      },
    ),
  );
});
