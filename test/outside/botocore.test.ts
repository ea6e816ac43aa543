/** R13: our signatures are those of AWS's own Python signer, for random requests in header and query form. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serviceStyle } from '../../packages/server/src/aws/endpoint.ts';
import {
  isSignedByDefault,
  presign,
  sign,
  UNSIGNED_PAYLOAD,
  type SigningOptions,
} from '../../packages/server/src/aws/sigv4.ts';
import { Secret } from '../../packages/server/src/vault/secret.ts';
import { findPython } from '../python-rig.ts';

const REQUESTS = 10_000;
const SCRIPT = fileURLToPath(new URL('../fixtures/botocore_sign.py', import.meta.url));
const SEED = 20_261_129;

/** mulberry32: the same requests in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const below = randomOf(SEED);
const chance = (percent: number): boolean => below(100) < percent;
const pick = <T>(of: readonly [T, ...T[]]): T => of[below(of.length)] ?? of[0];
const many = <T>(max: number, make: (at: number) => T): T[] =>
  Array.from({ length: below(max + 1) }, (_, at) => make(at));

const LETTERS = [
  'a',
  'Z',
  '0',
  '-',
  '.',
  '_',
  '~',
  ' ',
  '+',
  '/',
  '%',
  '=',
  '&',
  '?',
  '#',
  ':',
  '@',
  '!',
  '$',
] as const;
const MORE = [
  "'",
  '(',
  ')',
  '*',
  ',',
  ';',
  '[',
  ']',
  '"',
  '<',
  '\\',
  '^',
  '`',
  '{',
  '|',
  'é',
  'ß',
  '文',
  '😀',
  '\u0301',
] as const;
const anyText = (max: number): string => many(max, () => pick([...LETTERS, ...MORE])).join('');
/** RFC 3986, as every AWS client writes it. */
const encode = (part: string): string =>
  encodeURIComponent(part).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const SERVICES = ['s3', 's3', 'dynamodb', 'sqs', 'sts', 'iam', 'execute-api', 'lambda', 'kms'] as const;
const REGIONS = ['us-east-1', 'eu-central-1', 'cn-north-1', 'us-gov-west-1', 'auto'] as const;

function anyCase(at: number) {
  const service = pick(SERVICES);
  const presignSeconds = chance(30) ? 1 + below(604_800) : null;
  const segments = many(5, () => (chance(12) ? pick(['', '.', '..', '...']) : encode(anyText(8))));
  const queries = many(5, (index) => {
    const name = `${encode(anyText(5))}${presignSeconds === null && chance(30) ? '' : index}`;
    // The query form of botocore reads parameters into a dictionary: a name without a value gets its "=".
    return `${name || 'n'}=${encode(anyText(6))}`;
  });
  const headers: [string, string][] = many(4, (index) => {
    const inner = pick([
      'a',
      'two  words',
      ' outer ',
      '\ttab\t',
      'a, b',
      '"quoted  inner"',
      '',
      'é'.normalize(),
    ]);
    return [`X-Amz-Meta-${index % 3}`, Buffer.from(inner, 'utf8').toString('latin1')];
  });
  if (chance(40)) headers.push(['Content-Type', pick(['text/plain', 'application/x-amz-json-1.0'])]);
  const port = chance(20) ? `:${pick(['443', '80', '8443', '9000'])}` : '';
  const signsBody = service !== 's3' || presignSeconds !== null || chance(80);
  const scheme = signsBody ? pick(['https', 'https', 'http'] as const) : 'https';
  // A digest of the body in a header is what makes botocore leave the body of S3 unsigned.
  if (!signsBody) headers.push(['Content-MD5', 'x']);
  const authority = `${pick(['a.example', 'Bucket.S3.amazonaws.com', 'my-host.internal'])}${port}`;
  return {
    service,
    region: pick(REGIONS),
    method: pick(['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH']),
    scheme,
    authority,
    path: `/${segments.join('/')}`,
    query: queries.join('&'),
    headers,
    // The query form of botocore would move a body into the query.
    body: Buffer.from(presignSeconds === null && chance(50) ? anyText(40) : ''),
    signsBody,
    presignSeconds,
    now: new Date(Date.UTC(2026, below(12), 1 + below(28), below(24), below(60), below(60))),
    accessKeyId: `AKIA${at}`,
    secretAccessKey: Buffer.from(anyText(20) || 'x').toString('base64'),
    sessionToken: chance(30) ? Buffer.from(anyText(40) || 'y').toString('base64') : null,
  };
}

type Case = ReturnType<typeof anyCase>;

function ourSignature(of: Case): string {
  const style = serviceStyle(of.service);
  const isQueryOfS3 = of.service === 's3' && of.presignSeconds !== null;
  const isUnsigned = isQueryOfS3 || !of.signsBody;
  const options: SigningOptions = {
    ...style,
    now: of.now,
    region: of.region,
    service: of.service,
    payloadHash: isUnsigned ? UNSIGNED_PAYLOAD : hash('sha256', of.body),
    sessionTokenIsSigned: true,
    isSigned: isSignedByDefault,
  };
  const { method, scheme, authority, path, query } = of;
  const request = { method, scheme, authority, path, query, headers: of.headers.flat() };
  const credential = {
    accessKeyId: of.accessKeyId,
    secretAccessKey: Secret.fromText(of.secretAccessKey),
    sessionToken: of.sessionToken ?? undefined,
  };
  return of.presignSeconds === null
    ? sign(request, credential, options).signature
    : presign(request, credential, { ...options, expiresSeconds: of.presignSeconds }).signature;
}

const lineOf = (of: Case): string =>
  JSON.stringify({
    method: of.method,
    url: `${of.scheme}://${of.authority}${of.path}${of.query === '' ? '' : `?${of.query}`}`,
    // Text to botocore; to us the bytes of it.
    headers: of.headers.map(([name, value]) => [name, Buffer.from(value, 'latin1').toString('utf8')]),
    body: of.body.toString('hex'),
    signs_body: of.signsBody,
    service: of.service,
    region: of.region,
    now: of.now.toISOString().replace('Z', '+00:00'),
    access_key_id: of.accessKeyId,
    secret_access_key: of.secretAccessKey,
    session_token: of.sessionToken,
    presign_seconds: of.presignSeconds,
  });

test(`R13: ${REQUESTS} random requests are signed as botocore signs them`, async (t) => {
  const found = await findPython();
  if ('missing' in found) return t.skip(found.missing);
  const python = spawn(found.interpreter, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const cases = Array.from({ length: REQUESTS }, (_, at) => anyCase(at));
  python.stdin.end(cases.map((one) => `${lineOf(one)}\n`).join(''));
  const theirs = (await text(python.stdout)).trim().split('\n');
  assert.equal(theirs.length, REQUESTS);
  cases.forEach((one, at) => assert.equal(ourSignature(one), theirs[at], lineOf(one)));
});
