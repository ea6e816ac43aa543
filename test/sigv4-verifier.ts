/**
 * Checks an AWS Signature Version 4 as a service would: from the bytes that arrived and the secret key alone. Shares
 * nothing with what signs, so that a mistake made there is not made here too.
 */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import type { Recorded } from './upstream.ts';

export interface Scope {
  readonly secret: string;
  readonly service: string;
  readonly region: string;
  /** What stands for the hash of a body that is not signed. */
  readonly payload?: string;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** RFC 3986 unreserved characters stay; the bytes of everything else are percent-encoded. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Answers with the body: without its framing where it came in signed chunks, each of which is checked too. */
export function assertSigV4(seen: Recorded, scope: Scope): Buffer {
  const authorization = String(seen.headers['authorization']);
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  assert.ok(match, authorization);
  const [, , day = '', region, service, signedHeaders = '', signature] = match;
  assert.deepEqual([region, service], [scope.region, scope.service]);
  const names = signedHeaders.split(';');
  assert.deepEqual(names, names.toSorted());
  for (const name of ['host', 'x-amz-date']) assert.ok(names.includes(name), `${name} is signed`);
  for (const name of Object.keys(seen.headers)) {
    if (name.startsWith('x-amz-')) assert.ok(names.includes(name), `${name} is signed`);
  }
  const date = String(seen.headers['x-amz-date']);
  const declared = seen.headers['x-amz-content-sha256'];
  const isChunked = declared === CHUNKS || declared === CHUNKS_AND_TRAILER;
  const payloadHash = isChunked ? declared : (scope.payload ?? sha256(seen.body));
  if (scope.service === 's3') assert.equal(declared, payloadHash);
  else if (declared !== undefined) assert.equal(declared, payloadHash);
  const canonical = [
    seen.method,
    canonicalPath(seen.url, scope.service),
    canonicalQuery(seen.url),
    ...names.map((name) => `${name}:${valueOf(seen, name)}`),
    '',
    signedHeaders,
    payloadHash,
  ].join('\n');
  assert.equal(signature, signatureOf(canonical, date, day, scope), canonical);
  if (!isChunked) return seen.body;
  const body = chunksOf(seen, signature, (algorithm, hashes) =>
    hmac(
      keyOf(day, scope),
      [algorithm, date, `${day}/${region}/${service}/aws4_request`, ...hashes].join('\n'),
    ).toString('hex'),
  );
  assert.equal(String(body.length), seen.headers['x-amz-decoded-content-length']);
  return body;
}

const CHUNKS = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const CHUNKS_AND_TRAILER = `${CHUNKS}-TRAILER`;

/** The chunks, and the trailers behind them, each signed over the signature before it. */
function chunksOf(
  { body, headers }: Recorded,
  seed: string | undefined,
  sign: (algorithm: string, hashes: readonly string[]) => string,
): Buffer {
  const parts: Buffer[] = [];
  let before = seed ?? '';
  let at = 0;
  for (let size = -1; size !== 0;) {
    const end = body.indexOf('\r\n', at);
    const line = /^([0-9a-f]+);chunk-signature=([0-9a-f]{64})$/i.exec(body.toString('latin1', at, end));
    assert.ok(line, `no chunk begins at ${at}`);
    size = Number.parseInt(line[1] ?? '', 16);
    const data = body.subarray(end + 2, end + 2 + size);
    const signature = sign('AWS4-HMAC-SHA256-PAYLOAD', [before, sha256(''), sha256(data)]);
    assert.equal(line[2], signature, `the signature of the chunk at ${at}`);
    before = signature;
    parts.push(data);
    at = end + 2 + size;
    if (size > 0) assert.equal(body.toString('latin1', at, (at += 2)), '\r\n');
  }
  const tail = body.toString('latin1', at);
  if (headers['x-amz-content-sha256'] === CHUNKS) assert.equal(tail, '\r\n');
  else {
    const name = String(headers['x-amz-trailer']);
    const match = new RegExp(`^(${name}:\\S+)\n?\r\nx-amz-trailer-signature:([0-9a-f]{64})\r\n\r\n$`).exec(
      tail,
    );
    assert.ok(match, tail);
    assert.equal(match[2], sign('AWS4-HMAC-SHA256-TRAILER', [before, sha256(`${match[1]}\n`)]));
  }
  return Buffer.concat(parts);
}

/** The query form: nothing but the URL and the headers that it names. The body of S3 counts only where its hash is one of them. */
export function assertPresigned(seen: Recorded, scope: Scope): void {
  const at = seen.url.indexOf('?');
  const parameters = new URLSearchParams(seen.url.slice(at));
  const of = (name: string): string => parameters.get(name) ?? assert.fail(`${name} is missing`);
  assert.equal(of('X-Amz-Algorithm'), 'AWS4-HMAC-SHA256');
  const [, day = '', region, service] = of('X-Amz-Credential').split('/');
  assert.deepEqual([region, service], [scope.region, scope.service]);
  const names = of('X-Amz-SignedHeaders').split(';');
  assert.ok(names.includes('host'));
  const declared = names.includes('x-amz-content-sha256') ? sha256(seen.body) : undefined;
  const payload = declared ?? (scope.service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256(seen.body));
  const url = seen.url.replace(/&?X-Amz-Signature=[0-9a-f]{64}/, '');
  const canonical = [
    seen.method,
    canonicalPath(url, scope.service),
    canonicalQuery(url),
    ...names.map((name) => `${name}:${valueOf(seen, name)}`),
    '',
    names.join(';'),
    payload,
  ].join('\n');
  assert.equal(of('X-Amz-Signature'), signatureOf(canonical, of('X-Amz-Date'), day, scope), canonical);
}

function signatureOf(canonical: string, date: string, day: string, scope: Scope): string {
  const credentialScope = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, credentialScope, sha256(canonical)].join('\n');
  return hmac(keyOf(day, scope), toSign).toString('hex');
}

const keyOf = (day: string, { region, service, secret }: Scope): string | Buffer =>
  [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);

/** S3 encodes a path once, all others what was already encoded once more. */
function canonicalPath(url: string, service: string): string {
  const [path = '/'] = url.split('?', 1);
  const segments = path.split('/');
  return segments
    .map((segment) => (service === 's3' ? encode(decodeURIComponent(segment)) : encode(segment)))
    .join('/');
}

function canonicalQuery(url: string): string {
  const at = url.indexOf('?');
  if (at === -1) return '';
  return url
    .slice(at + 1)
    .split('&')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return `${encode(decodeURIComponent(name))}=${encode(decodeURIComponent(value.join('=')))}`;
    })
    .toSorted()
    .join('&');
}

function valueOf({ rawHeaders }: Recorded, name: string): string {
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name)
      values.push((rawHeaders[at + 1] ?? '').trim().replaceAll(/ +/g, ' '));
  }
  assert.ok(values.length > 0, `${name} was signed but did not arrive`);
  return values.join(',');
}
