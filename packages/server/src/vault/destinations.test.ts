import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationsDigest, type Destinations } from './destinations.ts';

const RULE = { in: 'header', name: 'Authorization', format: 'Bearer {token}' };
const BASE: Destinations = {
  allowedHosts: ['api.example.com', '*.example.org'],
  allowAnyHost: false,
  injection: [RULE, { in: 'query', name: 'key', format: '{token}' }],
  delivery: 'any',
  defaultHeaders: [['Accept', 'application/json']],
  baseUrl: 'https://api.example.com',
  publicFields: ['tenant'],
};

test('I6: every part of where and how a credential may leave changes the digest', () => {
  const [first, second] = BASE.injection;
  assert.ok(first !== undefined && second !== undefined);
  const changes: Partial<Destinations>[] = [
    { allowedHosts: ['api.example.com'] },
    { allowedHosts: ['api.example.com', '*.example.org', 'evil.example'] },
    { allowedHosts: ['api.example.com,*.example.org'] },
    { allowedHosts: [] },
    { allowAnyHost: true },
    { injection: [first] },
    { injection: [second, first] },
    { injection: [{ ...RULE, format: 'Token {token}' }, second] },
    { injection: [{ ...RULE, extra: 1 }, second] },
    { delivery: 'proxy_only' },
    { defaultHeaders: [] },
    { defaultHeaders: [['Accept', '*/*']] },
    { baseUrl: null },
    { baseUrl: '' },
    { baseUrl: 'https://evil.example' },
    { publicFields: [] },
    { publicFields: ['tenant', 'token'] },
  ];
  const digests = [{}, ...changes].map((change) =>
    destinationsDigest({ ...BASE, ...change }).toString('hex'),
  );
  assert.equal(new Set(digests).size, digests.length);
});

test('the digest does not change with what means the same', () => {
  const same: Partial<Destinations>[] = [
    { allowedHosts: ['*.example.org', 'api.example.com', '*.example.org'] },
    {
      injection: [
        { format: 'Bearer {token}', name: 'Authorization', in: 'header', service: undefined },
        ...BASE.injection.slice(1),
      ],
    },
  ];
  for (const change of same)
    assert.deepEqual(destinationsDigest({ ...BASE, ...change }), destinationsDigest(BASE));
});
