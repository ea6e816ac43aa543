import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InjectionRule } from '@alter-vault/contract';
import * as fc from 'fast-check';
import { Refusal } from '../refusal.ts';
import { Secret } from '../vault/secret.ts';
import { inject, type InjectOptions, type OutgoingRequest } from './inject.ts';
import { compileInjection, defaultInjection } from './rules.ts';
import { makeSlots } from './slots.ts';

const slots = makeSlots(new Set(['dd-api-key', 'x-api-token']), new Set(['api_key', 'key', 'appid']));
const now = Date.parse('2026-03-08T09:30:00Z');

interface Setup {
  readonly rules: readonly InjectionRule[];
  readonly credential: Readonly<Record<string, string>>;
  readonly request?: Partial<OutgoingRequest>;
  readonly options?: Partial<InjectOptions>;
  readonly optional?: readonly string[];
}

function injected({ rules, credential, request, options, optional = [] }: Setup) {
  const fields = new Map(Object.entries(credential).map(([name, value]) => [name, Secret.fromText(value)]));
  return inject(
    compileInjection(rules, new Set(optional)),
    fields,
    {
      method: 'GET',
      scheme: 'https',
      authority: 'api.example.com',
      path: '/v1/x',
      query: '',
      headers: [],
      ...request,
    },
    { now, slots, defaultHeaders: [], ...options },
  );
}

const bearer = defaultInjection('bearer');
const header = (format: string): InjectionRule => ({ in: 'header', name: 'X-Key', format });
const utf8 = (binary: string | undefined): string => Buffer.from(binary ?? '', 'latin1').toString('utf8');

test('R2 I5: every caller-sent credential header goes, the injected value stands exactly once', () => {
  const { headers } = injected({
    rules: bearer,
    credential: { token: 'good' },
    request: {
      headers: [
        'Authorization',
        'a',
        'authorization',
        'b',
        'AUTHORIZATION',
        'c',
        'X-Api-Key',
        'd',
        'x_api_key',
        'e',
        'Proxy-Authorization',
        'f',
        'Cookie',
        'g',
        'DD_API-KEY',
        'h',
        'X-Amz-Security-Token',
        'i',
        'X-Amz-Date',
        'j',
        'x-goog-api-key',
        'k',
        'Accept',
        'text/*',
        'X-Amz-Target',
        'T',
        'Accept',
        'b/*',
      ],
    },
  });
  assert.deepEqual(headers, [
    'Accept',
    'text/*',
    'X-Amz-Target',
    'T',
    'Accept',
    'b/*',
    'Authorization',
    'Bearer good',
  ]);
});

test('R2 I5: headers whose name is no slot pass in order, with every byte; slots never pass', () => {
  const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
  const name = fc.oneof(
    token,
    fc.constantFrom('Authorization', 'x_api_KEY', 'Cookie', 'X-KEY', 'x_key', 'Connection'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.stringMatching(/^[ -~]*$/))), (pairs) => {
      const { headers } = injected({
        rules: [header('{token}')],
        credential: { token: 't' },
        request: { headers: pairs.flat() },
      });
      const isSlot = (one: string) =>
        ['authorization', 'x-api-key', 'cookie', 'x-key', 'connection'].includes(
          one.toLowerCase().replaceAll('_', '-'),
        ) || slots.headers.has(one.toLowerCase().replaceAll('_', '-'));
      assert.deepEqual(headers, [...pairs.filter(([one]) => !isSlot(one)).flat(), 'X-Key', 't']);
    }),
  );
});

test('R3: no Connection header is left that could name the injected one', () => {
  const { headers } = injected({
    rules: bearer,
    credential: { token: 't' },
    request: {
      headers: ['Connection', 'close, authorization', 'TE', 'trailers', 'Upgrade', 'h2c', 'Keep-Alive', '1'],
    },
  });
  assert.deepEqual(headers, ['Authorization', 'Bearer t']);
});

test('R7: a value is never read as a format, whatever it holds', () => {
  const nasty = fc.constantFrom(
    '{token}',
    '{other}',
    '{{x}}',
    '}}',
    '$&',
    '$1',
    "$'",
    '$`',
    '%s',
    '%41',
    '${x}',
    '\\1',
    '{base64(a:b)}',
  );
  const value = fc.oneof(
    fc.array(nasty, { minLength: 1 }).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme', minLength: 1 }),
  );
  fc.assert(
    fc.property(value, value, (token, other) => {
      const { headers, query, path } = injected({
        rules: [
          header('{{Key}} {token}/{other}$&'),
          { in: 'header', name: 'X-Both', format: '{base64(token:other)}' },
          { in: 'query', name: 'q', format: 'v-{token}' },
          { in: 'path', mode: 'prefix', format: '/bot{other}' },
        ],
        credential: { token, other },
      });
      assert.equal(utf8(headers[1]), `{Key} ${token}/${other}$&`);
      assert.equal(Buffer.from(headers[3] ?? '', 'base64').toString('utf8'), `${token}:${other}`);
      assert.equal(new URLSearchParams(query).get('q'), `v-${token}`);
      assert.equal(decodeURIComponent(path), `/bot${other}/v1/x`);
      assert.equal(path.split('/').length, 4);
    }),
  );
});

test('R6: a Unicode value goes out as its UTF-8 bytes, so that no character becomes a line break', () => {
  const { headers } = injected({ rules: [header('{token}')], credential: { token: 'x\u010ay€' } });
  assert.equal(headers[1], 'x\u00c4\u008ay\u00e2\u0082\u00ac');
  assert.equal(utf8(headers[1]), 'x\u010ay€');
});

test('RFC 7617: Basic is UTF-8, by rule and by default injection', () => {
  const expected = `Basic ${Buffer.from('Aladdin:öpen:sesame').toString('base64')}`;
  const credential = { username: 'Aladdin', password: 'öpen:sesame' };
  const rule: InjectionRule = { in: 'basic', username: '{username}', password: '{password}' };
  assert.deepEqual(injected({ rules: [rule], credential }).headers, ['Authorization', expected]);
  assert.deepEqual(injected({ rules: defaultInjection('basic'), credential }).headers, [
    'Authorization',
    expected,
  ]);
  const fixed: InjectionRule = { in: 'basic', username: '{token}/{{t}}', password: '' };
  assert.equal(
    injected({ rules: [fixed], credential: { token: 'k' } }).headers[1],
    `Basic ${btoa('k/{t}:')}`,
  );
});

test('R2: query slots go by decoded name, case and brackets apart; all other bytes stay', () => {
  const { query, injected: added } = injected({
    rules: [{ in: 'query', name: 'api_key', format: '{token}' }],
    credential: { token: 'a b&c=é' },
    request: {
      query:
        'a=%7e&%61pi_key=1&&API_KEY=2&api_key[]=3&api%5fkey%5B0%5D=4&api.key=5&apikey=6&b=+%2B&x=1;api_key=7;y=2&key&c',
    },
  });
  assert.equal(query, 'a=%7e&&apikey=6&b=+%2B&x=1;y=2&c&api_key=a%20b%26c%3D%C3%A9');
  assert.deepEqual(added.query, [['api_key', 'a%20b%26c%3D%C3%A9']]);
  assert.equal(added.pathChanged, true);
});

test('R2: stripping keeps the order and every byte of the parameters that are no slots', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[a-z0-9%.;+[\]-]{0,6}$/),
    fc.constantFrom('api_key', '%41pi_key', 'KEY', 'appid[]'),
  );
  const piece = fc.tuple(name, fc.stringMatching(/^[!-%'-~]{0,8}$/)).map(([one, value]) => `${one}=${value}`);
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const { query } = injected({
        rules: bearer,
        credential: { token: 't' },
        request: { query: pieces.join('&') },
      });
      const isSlot = (one: string) =>
        /^(?:(?:a|%41|%61)pi[_.+]key|key|appid)(?:$|[[=])/i.test(one.split('=')[0] ?? '');
      assert.equal(query, pieces.filter((one) => !isSlot(one)).join('&'));
    }),
  );
});

test('a path rule goes before the path or in its place, its value as one segment', () => {
  const credential = { token: '12:a/b?c#d' };
  const prefix = injected({
    rules: [{ in: 'path', mode: 'prefix', format: '/bot{token}/' }],
    credential,
    request: { query: 'a=1' },
  });
  assert.equal(prefix.path, '/bot12:a%2Fb%3Fc%23d/v1/x');
  assert.equal(prefix.query, 'a=1');
  assert.equal(prefix.injected.pathChanged, true);
  const replaced = injected({
    rules: [{ in: 'path', mode: 'replace', format: '/services/{token}' }],
    credential,
  });
  assert.equal(replaced.path, '/services/12:a%2Fb%3Fc%23d');
});

test('a rule whose only field is optional and empty is dropped, and only then', () => {
  const rules = [
    header('{app}'),
    { in: 'query', name: 'q', format: 'x{app}' } as const,
    { in: 'header', name: 'X-B', format: '{token}{app}' } as const,
  ];
  for (const credential of [{ token: 't' }, { token: 't', app: '' }]) {
    const { headers, query } = injected({ rules, credential, optional: ['app'] });
    assert.deepEqual(headers, ['X-B', 't']);
    assert.equal(query, '');
  }
  assert.throws(
    () => injected({ rules, credential: { token: 't' } }),
    (thrown) => thrown instanceof Refusal && thrown.code === 'integrity_error',
  );
});

test('a default header is set only where neither caller nor rule set one', () => {
  const defaultHeaders = [
    ['anthropic-version', '1'],
    ['Accept', 'a/b'],
    ['x-key', 'no'],
  ] as const;
  const { headers } = injected({
    rules: [header('{token}')],
    credential: { token: 't' },
    request: { headers: ['Anthropic-Version', '2'] },
    options: { defaultHeaders },
  });
  assert.deepEqual(headers, ['Anthropic-Version', '2', 'X-Key', 't', 'Accept', 'a/b']);
});

test('with nothing to strip the query is the very same text and the URL counts as unchanged', () => {
  const result = injected({ rules: bearer, credential: { token: 't' }, request: { query: 'a=1&b=%zz&&' } });
  assert.equal(result.query, 'a=1&b=%zz&&');
  assert.equal(result.injected.pathChanged, false);
  assert.deepEqual(result.injected.headers, [['Authorization', 'Bearer t']]);
});

const aws = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const s3 = { authority: 's3.eu-west-1.amazonaws.com', path: '/bucket/a%20b' };
const valueOf = (headers: readonly string[], name: string) =>
  headers.flatMap((one, at) => (at % 2 === 0 && one.toLowerCase() === name ? [headers[at + 1]] : []));

test("R13: the caller's own AWS credentials go, what tells AWS what to do stays and is signed", () => {
  const {
    headers,
    query,
    injected: added,
  } = injected({
    rules: defaultInjection('aws_sigv4'),
    credential: { ...aws, session_token: 'tok' },
    request: {
      ...s3,
      query: 'list-type=2&X-Amz-Signature=bad&x-amz-security-token=bad&prefix=a+b',
      headers: [
        'x-amz-date',
        'old',
        'X-Amz-Content-Sha256',
        'bad',
        'X-Amz-Security-Token',
        'bad',
        'Authorization',
        'AWS4 bad',
        'x-amz-acl',
        'private',
        'x-amz-meta-a',
        'b',
        'User-Agent',
        'u',
        'Content-Type',
        'text/plain',
      ],
    },
  });
  assert.equal(query, 'list-type=2&prefix=a%20b');
  assert.equal(added.pathChanged, true);
  assert.deepEqual(valueOf(headers, 'x-amz-date'), ['20260308T093000Z']);
  assert.deepEqual(valueOf(headers, 'x-amz-security-token'), ['tok']);
  assert.equal(valueOf(headers, 'x-amz-content-sha256').length, 1);
  const [authorization = '', ...more] = valueOf(headers, 'authorization');
  assert.deepEqual(more, []);
  assert.match(authorization, /Credential=AKIDEXAMPLE\/20260308\/eu-west-1\/s3\/aws4_request, /);
  const signed =
    'content-type;host;x-amz-acl;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-security-token';
  assert.ok(authorization.includes(`SignedHeaders=${signed}, `));
  assert.ok(!JSON.stringify(added).includes(aws.secret_access_key));
});

test('R13: the signature covers method, host, path, query, signed headers, body and region', () => {
  const signature = (request: Partial<OutgoingRequest>, options: Partial<InjectOptions> = {}, more = {}) =>
    valueOf(
      injected({
        rules: defaultInjection('aws_sigv4'),
        credential: { ...aws, ...more },
        request: { ...s3, ...request },
        options,
      }).headers,
      'authorization',
    )[0];
  const all = [
    signature({}),
    signature({ method: 'PUT' }),
    signature({ authority: 'b.s3.eu-west-1.amazonaws.com' }),
    signature({ path: '/bucket/a' }),
    signature({ query: 'a' }),
    signature({ headers: ['x-amz-acl', 'private'] }),
    signature({}, { bodySha256: 'ab'.repeat(32) }),
    signature({}, { now: Date.parse('2026-03-08T09:30:01Z') }),
    signature({}, {}, { region: 'eu-west-2' }),
    signature({}, {}, { secret_access_key: 'another' }),
  ];
  assert.equal(new Set(all).size, all.length);
  assert.equal(signature({ authority: 's3.eu-west-1.amazonaws.com:443' }), all[0]);
  assert.equal(signature({ headers: ['User-Agent', 'x'] }), all[0]);
});

test('R13: an unsigned body is for S3 over https, signed chunks for S3 where the body comes by here, an unsigned trailer keeps its framing', () => {
  const hash = (request: Partial<OutgoingRequest>, bodySha256?: string, chunkBytesMax?: number) =>
    valueOf(
      injected({
        rules: defaultInjection('aws_sigv4'),
        credential: aws,
        request: { ...s3, ...request },
        options: { bodySha256, chunkBytesMax },
      }).headers,
      'x-amz-content-sha256',
    )[0];
  const isInvalid = (thrown: unknown) => thrown instanceof Refusal && thrown.code === 'invalid_request';
  assert.equal(hash({}, 'UNSIGNED-PAYLOAD'), 'UNSIGNED-PAYLOAD');
  assert.throws(() => hash({ scheme: 'http' }, 'UNSIGNED-PAYLOAD'), isInvalid);
  assert.throws(() => hash({ authority: 'sqs.eu-west-1.amazonaws.com' }, 'UNSIGNED-PAYLOAD'), isInvalid);
  const streaming = (kind: string) => ({ headers: ['X-Amz-Content-Sha256', kind] });
  assert.equal(
    hash(streaming('STREAMING-UNSIGNED-PAYLOAD-TRAILER'), 'UNSIGNED-PAYLOAD'),
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  );
  const chunks = streaming('STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  const framed = { headers: [...chunks.headers, 'X-Amz-Decoded-Content-Length', '3'] };
  assert.equal(hash(framed, undefined, 100), 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  assert.equal(hash({ ...framed, scheme: 'http' }, undefined, 100), 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  assert.throws(() => hash(framed, 'UNSIGNED-PAYLOAD'), isInvalid);
  assert.throws(() => hash(chunks, undefined, 100), isInvalid);
  const sqs = 'sqs.eu-west-1.amazonaws.com';
  assert.throws(() => hash({ ...framed, authority: sqs }, undefined, 100), isInvalid);
});
