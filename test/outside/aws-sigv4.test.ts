/** R13: AWS's own Signature Version 4 suite, header and query form: canonical request, string to sign, signature. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SignableRequest } from '../../packages/server/src/aws/canonical.ts';
import {
  presign,
  sign,
  type AwsCredential,
  type SigningOptions,
} from '../../packages/server/src/aws/sigv4.ts';
import { Secret } from '../../packages/server/src/vault/secret.ts';
import { skipWithoutVectors, vectorsDir } from '../vectors.ts';

interface Context {
  readonly credentials: {
    readonly access_key_id: string;
    readonly secret_access_key: string;
    readonly token?: string;
  };
  readonly expiration_in_seconds: number;
  readonly normalize: boolean;
  readonly omit_session_token?: boolean;
  readonly region: string;
  readonly service: string;
  readonly sign_body: boolean;
  readonly timestamp: string;
}

const suite = join(vectorsDir, 'aws-sigv4/v4');
const cases = existsSync(suite) ? readdirSync(suite).toSorted() : [];
const CASES_EXPECTED = 38;

/** A raw HTTP/1.1 request, with the folded header lines that the suite still has. */
function readRequest(binary: string): { request: SignableRequest; body: string } {
  const [head = '', body = ''] = binary.split(/\n\n([\s\S]*)/);
  const lines = head.replaceAll(/\n[ \t]+/g, ' ').split('\n');
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(lines[0] ?? '') ?? [];
  const [path = '', query = ''] = target.split(/\?([\s\S]*)/);
  const headers = lines
    .slice(1)
    .filter((line) => line !== '')
    .flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]);
  const authority = headers[headers.findIndex((name, at) => at % 2 === 0 && name === 'Host') + 1] ?? '';
  return { request: { method, scheme: 'https', authority, path, query, headers }, body };
}

function readCase(name: string) {
  const read = (file: string): string => readFileSync(join(suite, name, file), 'latin1');
  const context = JSON.parse(read('context.json')) as Context;
  const { request, body } = readRequest(read('request.txt'));
  const credential: AwsCredential = {
    accessKeyId: context.credentials.access_key_id,
    secretAccessKey: Secret.fromText(context.credentials.secret_access_key),
    sessionToken: context.credentials.token,
  };
  const options: SigningOptions = {
    now: new Date(context.timestamp),
    region: context.region,
    service: context.service,
    encodesTwice: true,
    normalizes: context.normalize,
    payloadHash: hash('sha256', context.sign_body ? body : ''),
    sendsPayloadHash: context.sign_body,
    sessionTokenIsSigned: context.omit_session_token !== true,
    isSigned: () => true,
  };
  return { read, context, request, credential, options };
}

test('the suite is whole', { skip: skipWithoutVectors }, () => {
  assert.equal(cases.length, CASES_EXPECTED);
});

for (const name of cases) {
  test(`R13 header form: ${name}`, () => {
    const { read, request, credential, options } = readCase(name);
    const signed = sign(request, credential, options);
    assert.equal(signed.canonicalRequest, read('header-canonical-request.txt'));
    assert.equal(signed.stringToSign, read('header-string-to-sign.txt'));
    assert.equal(signed.signature, read('header-signature.txt').trim());
    const sent = readRequest(read('header-signed-request.txt')).request.headers;
    const expected = pairs(sent).slice(request.headers.length / 2);
    assert.deepEqual(lowerCased(signed.headers).toSorted(), lowerCased(expected).toSorted());
  });

  test(`R13 query form: ${name}`, () => {
    const { read, context, request, credential, options } = readCase(name);
    const signed = presign(request, credential, {
      ...options,
      expiresSeconds: context.expiration_in_seconds,
    });
    assert.equal(signed.canonicalRequest, read('query-canonical-request.txt'));
    assert.equal(signed.stringToSign, read('query-string-to-sign.txt'));
    assert.equal(signed.signature, read('query-signature.txt').trim());
    const sent = readRequest(read('query-signed-request.txt')).request.query;
    assert.equal(request.query === '' ? signed.query : `${request.query}&${signed.query}`, sent);
  });
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : []));
}

function lowerCased(headers: readonly (readonly [string, string])[]): string[] {
  return headers.map(([name, value]) => `${name.toLowerCase()}:${value}`);
}
