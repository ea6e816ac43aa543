/** R13 beyond AWS's suite: paths and queries that it leaves out, with @smithy/signature-v4 as the oracle. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { Secret } from '../vault/secret.ts';
import { canonicalPath, canonicalQuery, type SignableRequest } from './canonical.ts';
import {
  EMPTY_SHA256,
  isSignedByDefault,
  presign,
  PRESIGN_SECONDS_MAX,
  sign,
  type SigningOptions,
} from './sigv4.ts';
import { SIGNING_KEYS_MAX } from './signing-key.ts';

const secretText = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const credential = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: Secret.fromText(secretText) };
const options: SigningOptions = {
  now: new Date('2026-03-08T09:30:00Z'),
  region: 'eu-west-1',
  service: 'dynamodb',
  payloadHash: EMPTY_SHA256,
  encodesTwice: true,
  normalizes: true,
  sendsPayloadHash: false,
  sessionTokenIsSigned: true,
  isSigned: isSignedByDefault,
};
const request: SignableRequest = {
  method: 'GET',
  scheme: 'https',
  authority: 'dynamodb.eu-west-1.amazonaws.com',
  path: '/',
  query: '',
  headers: [],
};

/** Node's hashes in the shape that the oracle asks for. */
class NodeSha256 {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
  }
  update(bytes: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(bytes));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {
    throw new Error('the oracle never resets');
  }
}

function bytesOf(source: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof source === 'string') return Buffer.from(source);
  if (source instanceof ArrayBuffer) return Buffer.from(source);
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
}

async function oracleSignature(signed: SignableRequest, service: string): Promise<string> {
  const signer = new SignatureV4({
    credentials: { accessKeyId: credential.accessKeyId, secretAccessKey: secretText },
    region: options.region,
    service,
    sha256: NodeSha256,
    uriEscapePath: service !== 's3',
    applyChecksum: false,
  });
  // Not by assignment: a parameter may be called __proto__.
  const query = Object.fromEntries(new URLSearchParams(signed.query));
  const result = await signer.sign(
    {
      method: signed.method,
      protocol: 'https:',
      hostname: signed.authority,
      path: signed.path,
      query,
      headers: { host: signed.authority, 'x-amz-content-sha256': EMPTY_SHA256 },
    },
    { signingDate: options.now },
  );
  return /Signature=([0-9a-f]{64})/.exec(result.headers['authorization'] ?? '')?.[1] ?? '';
}

const key = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
  );

test('R13: any encoded key and query is signed as the oracle signs it, for S3 and for the others', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(key, { maxLength: 4 }),
      async (segments, names) => {
        const signed = {
          ...request,
          path: `/${segments.map((one) => (one === '.' || one === '..' ? 'dots' : one)).join('/')}`,
          query: names.map((name, at) => `${name}=v%2F${at}`).join('&'),
          headers: ['x-amz-content-sha256', EMPTY_SHA256],
        };
        const s3 = { ...options, service: 's3', encodesTwice: false, normalizes: false };
        assert.equal(sign(signed, credential, options).signature, await oracleSignature(signed, 'dynamodb'));
        assert.equal(sign(signed, credential, s3).signature, await oracleSignature(signed, 's3'));
      },
    ),
    { numRuns: 60 },
  );
});

test('R13: S3 keys are encoded once and never normalised, others twice and normalised', () => {
  const s3 = { encodesTwice: false, normalizes: false };
  const other = { encodesTwice: true, normalizes: true };
  assert.equal(
    canonicalPath("/b/a%20b%2Fé+~'()*!".replace('é', '\u00c3\u00a9'), s3),
    '/b/a%20b%2F%C3%A9%2B~%27%28%29%2A%21',
  );
  assert.equal(canonicalPath('//x/a/../b/./', s3), '//x/a/../b/./');
  assert.equal(canonicalPath('//x/a/../b/./', other), '/x/b/');
  assert.equal(canonicalPath('/a%20b', other), '/a%2520b');
  assert.equal(canonicalPath('/../..', other), '/');
  assert.equal(canonicalPath('', s3), '/');
});

test('R13: a query is sorted by name, then value; + is a space; empty names, values and pieces are told apart', () => {
  assert.equal(canonicalQuery('b=2&a-b=1&a=2&a=1&a=10'), 'a=1&a=10&a=2&a-b=1&b=2');
  assert.equal(canonicalQuery('q=a+b%2Bc%2b&flag&=x&&e='), '=x&e=&flag=&q=a%20b%2Bc%2B');
  assert.equal(canonicalQuery('a=b=c&%61=%zz'), 'a=%25zz&a=b%3Dc');
});

test('R13: the default port is dropped, another stays; a Host header in the list does not count', () => {
  const line = (authority: string, scheme: 'https' | 'http') =>
    sign(
      { ...request, authority, scheme, headers: ['Host', 'evil'] },
      credential,
      options,
    ).canonicalRequest.split('\n')[3];
  assert.equal(line('A.example:443', 'https'), 'host:a.example');
  assert.equal(line('a.example:80', 'http'), 'host:a.example');
  assert.equal(line('a.example:80', 'https'), 'host:a.example:80');
  assert.equal(line('a.example:9000', 'http'), 'host:a.example:9000');
});

test('two secrets never share a signing key, and more scopes than are kept change no signature', () => {
  const first = sign(request, credential, options).signature;
  const other = { ...credential, secretAccessKey: Secret.fromText('other') };
  assert.notEqual(sign(request, other, options).signature, first);
  for (let at = 0; at <= SIGNING_KEYS_MAX; at += 1) sign(request, other, { ...options, region: `r-${at}` });
  assert.equal(sign(request, credential, options).signature, first);
  const sameValue = { ...credential, secretAccessKey: Secret.fromText(secretText) };
  assert.equal(sign(request, sameValue, options).signature, first);
});

test('a presigned URL lives from one second to seven days', () => {
  for (const expiresSeconds of [0, -1, 1.5, Number.NaN, PRESIGN_SECONDS_MAX + 1]) {
    assert.throws(() => presign(request, credential, { ...options, expiresSeconds }), RangeError);
  }
  const { query } = presign(request, credential, { ...options, expiresSeconds: PRESIGN_SECONDS_MAX });
  assert.match(query, /X-Amz-Expires=604800/);
});
