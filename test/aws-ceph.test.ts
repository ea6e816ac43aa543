/**
 * R13: what the vault signs is taken by Ceph's object gateway, and everything that was tampered with is not. AWS's own client, its
 * uploader and plain fetch, in both modes, with a key and with a role.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { App } from '@alter-vault/sdk';
import { chunkedCall } from './aws-chunks.ts';
import { skipWithoutCeph, startCeph, type Ceph } from './ceph-rig.ts';
import { send as sendTo, type RawAnswer, type RawCall } from './path-rig.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const REGION = 'us-east-1';
const KEYS = [
  'plain',
  'with space',
  'a+b',
  'é文😀',
  "~!'()*",
  'q?x=1&y=2#z',
  'percent%2Fencoded',
  'a//b',
  '/leading',
  '//two',
  'a/../b',
  '..',
  './c',
  'folder/',
];

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const skip = await skipWithoutCeph();

describe('Ceph', { skip }, () => {
  let ceph: Ceph;
  let vault: TestVault;
  let app: App;
  let apiKey: string;

  before(async () => {
    [ceph, vault] = await Promise.all([startCeph(), startVault()]);
    apiKey = (await vault.key()).api_key;
    app = new App({ apiKey, baseUrl: vault.url, caller: 'ceph-test' });
  });
  after(async () => {
    await app?.close();
    await vault?.stop();
    await ceph?.stop();
    await stopPostgres();
  });

  async function grant(more: Record<string, string> = {}, host = ceph.host): Promise<string> {
    const credential = { access_key_id: ceph.accessKeyId, secret_access_key: ceph.secret, ...more };
    const made = await vault.secret(host, credential, {
      credential_type: 'aws_sigv4',
      injection: [{ in: 'aws_sigv4', service: 's3', region: REGION }],
    });
    return made.grant_id;
  }

  const withRole = () => grant({ role_arn: ceph.roleArn, sts_endpoint: ceph.origin });

  const client = (grantId: string, mode: 'request' | 'proxy'): S3Client =>
    app.awsClient(S3Client, {
      grantId,
      region: REGION,
      mode,
      endpoint: ceph.origin,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });

  for (const mode of ['request', 'proxy'] as const) {
    for (const identity of ['key', 'role'] as const) {
      test(`R13: AWS's client works in ${mode} mode with a ${identity}: put, get, head, ranges, copy, list, delete`, async () => {
        const s3 = client(identity === 'key' ? await grant() : await withRole(), mode);
        const Bucket = `b-${mode}-${identity}`;
        await s3.send(new CreateBucketCommand({ Bucket }));
        for (const Key of KEYS) {
          const Body = `content of ${Key}`;
          const Metadata = { note: 'two  words' };
          await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata, ContentType: 'text/plain' }));
          const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
          assert.equal(await got.Body?.transformToString(), Body, Key);
          const part = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=8-9' }));
          assert.equal(await part.Body?.transformToString(), 'of');
          const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
          assert.equal(head.ContentLength, Buffer.byteLength(Body));
          assert.ok(got.Body instanceof Readable, 'as AWS hands it out in Node');
        }
        await s3.send(new PutObjectCommand({ Bucket, Key: 'nothing', Body: '' }));
        const CopySource = `${Bucket}/${encodeURIComponent('a+b')}`;
        await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy of a+b', CopySource }));
        const copied = await s3.send(new GetObjectCommand({ Bucket, Key: 'copy of a+b' }));
        assert.equal(await copied.Body?.transformToString(), 'content of a+b');
        const listed: string[] = [];
        for await (const page of paginateListObjectsV2({ client: s3, pageSize: 4 }, { Bucket }))
          listed.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
        assert.deepEqual(listed.toSorted(), [...KEYS, 'nothing', 'copy of a+b'].toSorted());
        const some = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a+', Delimiter: '/' }));
        assert.deepEqual(
          some.Contents?.map(({ Key }) => Key),
          ['a+b'],
        );
        for (const Key of listed) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
        assert.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
        const absent = s3.send(new GetObjectCommand({ Bucket, Key: 'absent' }));
        await assert.rejects(absent, { name: 'NoSuchKey' }, "AWS's errors stay AWS's");
      });
    }

    test(`R13 F9: lib-storage uploads in parts in ${mode} mode, from a stream and from bytes`, async () => {
      const s3 = client(await grant(), mode);
      const Bucket = `up-${mode}`;
      await s3.send(new CreateBucketCommand({ Bucket }));
      const bytes = randomBytes(12 * 1024 * 1024 + 17);
      for (const [Key, Body] of [
        ['bytes', bytes],
        ['stream', Readable.from(chunksOf(bytes, 100_000))],
      ] as const) {
        await new Upload({ client: s3, params: { Bucket, Key, Body }, partSize: 5 * 1024 * 1024 }).done();
        const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
        assert.equal(sha256((await got.Body?.transformToByteArray()) ?? ''), sha256(bytes), Key);
      }
    });

    test(`R13: plain fetch works in ${mode} mode`, async () => {
      const fetchIt = app.fetch({ grantId: await grant(), mode });
      const bucket = `${ceph.origin}/f-${mode}`;
      assert.equal((await fetchIt(bucket, { method: 'PUT' })).status, 200);
      const put = await fetchIt(`${bucket}/a%20b%2Bc`, {
        method: 'PUT',
        body: 'hello',
        headers: { 'x-amz-meta-a': 'b' },
      });
      assert.equal(put.status, 200);
      const got = await fetchIt(`${bucket}/a%20b%2Bc?response-content-type=text/x`);
      assert.deepEqual([await got.text(), got.headers.get('x-amz-meta-a')], ['hello', 'b']);
      const list = await fetchIt(`${bucket}?list-type=2&prefix=a%20b&empty=&delimiter=%2F`);
      assert.match(await list.text(), /<Key>a b\+c<\/Key>/);
    });
  }

  test('R13: a presigned URL is taken by Ceph until it expires, for its method, key and query only', async () => {
    const grantId = await grant();
    await client(grantId, 'request').send(new CreateBucketCommand({ Bucket: 'presigned' }));
    const url = `${ceph.origin}/presigned/${encodeURIComponent('a b+é')}`;
    const put = await app.presign('PUT', url, { grantId, expiresInSeconds: 60 });
    assert.equal((await fetch(put.url, { method: 'PUT', body: 'by a link' })).status, 200);
    const get = await app.presign('GET', url, {
      grantId,
      expiresInSeconds: 2,
      query: { 'response-content-type': 'a/b' },
    });
    const got = await fetch(get.url);
    assert.deepEqual([await got.text(), got.headers.get('content-type')], ['by a link', 'a/b']);
    for (const [method, tampered] of [
      ['DELETE', get.url],
      ['GET', get.url.replace('/presigned/', '/presigned/x')],
      ['GET', get.url.replace('a%2Fb', 'a%2Fc')],
      ['GET', get.url.replace('Expires=2', 'Expires=2000')],
      ['GET', get.url.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ] as const)
      assert.equal((await fetch(tampered, { method })).status, 403, tampered);
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    assert.equal((await fetch(get.url)).status, 403, 'expired');
  });

  test('R13 R14: every tampered variant of a signed request is refused by Ceph, with a key and with a role', async () => {
    const made = await grant();
    await client(made, 'request').send(new CreateBucketCommand({ Bucket: 'tampered' }));
    for (const grantId of [made, await withRole()]) {
      const body = 'exactly this body';
      const path = '/tampered/key?tagging=';
      const answer = await vault.release(apiKey, {
        grant_id: grantId,
        method: 'PUT',
        url: `${ceph.origin}/tampered/key`,
        headers: { 'x-amz-meta-a': 'b', 'content-type': 'text/plain' },
        body_sha256: sha256(body),
      });
      assert.equal(answer.status, 200, answer.text);
      const signed: Record<string, string> = {
        'x-amz-meta-a': 'b',
        'content-type': 'text/plain',
        ...Object.fromEntries(answer.json.inject.headers),
      };
      const good = { method: 'PUT', path: '/tampered/key', headers: signed, body };
      const without = (name: string) =>
        Object.fromEntries(Object.entries(signed).filter(([one]) => one.toLowerCase() !== name));
      const authorization = signed['authorization'] ?? signed['Authorization'] ?? '';
      const variants = [
        { ...good, method: 'DELETE' },
        { ...good, path: '/tampered/other' },
        { ...good, path },
        { ...good, body: 'another body here' },
        { ...good, headers: { ...signed, 'x-amz-meta-a': 'c' } },
        { ...good, headers: { ...signed, 'content-type': 'text/html' } },
        { ...good, headers: without('x-amz-date') },
        { ...good, headers: { ...without('x-amz-content-sha256'), 'x-amz-content-sha256': sha256('x') } },
        {
          ...good,
          headers: { ...without('authorization'), authorization: authorization.replace(REGION, 'eu-west-1') },
        },
        { ...good, headers: { ...without('authorization'), authorization: flipped(authorization) } },
        ...(Object.keys(signed).some((name) => name.toLowerCase() === 'x-amz-security-token')
          ? [
              { ...good, headers: without('x-amz-security-token') },
              { ...good, headers: { ...without('x-amz-security-token'), 'x-amz-security-token': 'AAAA' } },
            ]
          : []),
      ];
      for (const variant of variants) {
        const status = await send(ceph, variant);
        assert.ok(status >= 400 && status < 500, `${status} ${JSON.stringify(variant)}`);
      }
      assert.equal(await send(ceph, good), 200, 'as it was signed');
    }
  });

  const upload = (grantId: string, url: string, call: RawCall): Promise<RawAnswer> => {
    const alter = ['Authorization', `Bearer ${apiKey}`, 'Alter-Grant', grantId, 'Alter-Url', url];
    return sendTo(vault.server.port, { ...call, headers: [...alter, ...(call.headers ?? [])] });
  };

  test('R13 R14: bodies that were signed chunk by chunk with a made-up key are taken, with a key and with a role', async () => {
    for (const grantId of [await grant(), await withRole()]) {
      const s3 = client(grantId, 'proxy');
      const Bucket = `chunks-${randomBytes(4).toString('hex')}`;
      await s3.send(new CreateBucketCommand({ Bucket }));
      for (const [Key, bytes, chunkBytes] of [
        ['small', 1_000, 65_536],
        ['as clients do', 700_000, 65_536],
        ['one chunk', 3_000_000, 4_000_000],
      ] as const) {
        const data = randomBytes(bytes);
        const url = `${ceph.origin}/${Bucket}/${encodeURIComponent(Key)}`;
        const put = await upload(
          grantId,
          url,
          chunkedCall(data, { chunkBytes, headers: ['X-Amz-Meta-A', 'b'] }),
        );
        assert.equal(put.status, 200, `${Key}: ${put.text}`);
        const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
        assert.equal(sha256((await got.Body?.transformToByteArray()) ?? ''), sha256(data), Key);
        assert.deepEqual([got.ContentLength, got.Metadata], [bytes, { a: 'b' }]);
      }
    }
  });

  test('R13 F9: 64 MiB in signed chunks stream to Ceph', async (t) => {
    const grantId = await grant();
    await client(grantId, 'proxy').send(new CreateBucketCommand({ Bucket: 'stream' }));
    const data = randomBytes(64 * 1024 * 1024);
    const { headers, body } = chunkedCall(data);
    const before = process.memoryUsage().rss;
    const put = await upload(grantId, `${ceph.origin}/stream/large`, {
      method: 'PUT',
      headers: [...headers, 'Content-Length', String(body.length)],
      body: Readable.from(chunksOf(body, 100_000)),
    });
    assert.equal(put.status, 200, put.text);
    const grown = process.memoryUsage().rss - before;
    t.diagnostic(`memory grew by ${Math.round(grown / 1048576)} MiB`);
    const get = new GetObjectCommand({ Bucket: 'stream', Key: 'large' });
    const got = await client(grantId, 'request').send(get);
    assert.equal(sha256((await got.Body?.transformToByteArray()) ?? ''), sha256(data));
  });

  test('R13: Ceph refuses chunks that were changed, dropped or cut off behind the vault, and stores nothing', async (t) => {
    const plain = client(await grant(), 'request');
    await plain.send(new CreateBucketCommand({ Bucket: 'meddled' }));
    const data = randomBytes(300_000);
    const text = (bytes: Buffer): string => bytes.toString('latin1');
    const line = /\r\n10000;chunk-signature=[0-9a-f]{64}\r\n/;
    const variants: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
      ['data', (bytes) => replaced(bytes, data.subarray(200_000, 200_010), Buffer.alloc(10))],
      [
        'signature',
        (bytes) =>
          Buffer.from(
            text(bytes).replace(line, (all) => all.replace(/=./, '=z')),
            'latin1',
          ),
      ],
    ];
    for (const [what, meddle] of variants) {
      const between = await startMeddler(ceph, meddle);
      t.after(() => between.stop());
      const grantId = await grant({}, between.host);
      const put = await upload(grantId, `http://${between.host}/meddled/${what}`, chunkedCall(data));
      assert.ok(put.status >= 400 && put.status < 500, `${what}: ${put.status} ${put.text}`);
      assert.ok(between.isMeddled(), what);
      const absent = plain.send(new HeadObjectCommand({ Bucket: 'meddled', Key: what }));
      await assert.rejects(absent, { name: 'NotFound' }, what);
    }
    const honest = await startMeddler(ceph, (bytes) => bytes);
    t.after(() => honest.stop());
    const put = await upload(
      await grant({}, honest.host),
      `http://${honest.host}/meddled/good`,
      chunkedCall(data),
    );
    assert.equal(put.status, 200, put.text);
    const broken = chunkedCall(data);
    const cut = await upload(await grant(), `${ceph.origin}/meddled/cut`, {
      ...broken,
      body: broken.body.subarray(0, broken.body.lastIndexOf('\r\n0;') + 2),
    });
    assert.equal(cut.status, 400, cut.text);
    const absent = plain.send(new HeadObjectCommand({ Bucket: 'meddled', Key: 'cut' }));
    await assert.rejects(absent, { name: 'NotFound' });
  });

  test('R14: Ceph refuses a role that does not exist and a key that is wrong, and the vault says so', async () => {
    const url = `${ceph.origin}/`;
    const wrongRole = await grant({ role_arn: 'arn:aws:iam:::role/absent', sts_endpoint: ceph.origin });
    const refused = await vault.proxy(apiKey, wrongRole, url);
    assert.equal(refused.json.error.code, 'role_refused', refused.text);
    const wrongKey = await grant({
      role_arn: ceph.roleArn,
      sts_endpoint: ceph.origin,
      secret_access_key: 'wrong/'.repeat(6),
    });
    const unsigned = await vault.proxy(apiKey, wrongKey, url);
    assert.equal(unsigned.json.error.code, 'role_refused', unsigned.text);
    assert.match(
      unsigned.json.error.message,
      /STS.*(?:AccessDenied|SignatureDoesNotMatch)/,
      'in its own words',
    );
  });
});

const flipped = (authorization: string): string =>
  authorization.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function replaced(bytes: Buffer, what: Buffer, by: Buffer): Buffer {
  const at = bytes.indexOf(what);
  return at === -1 ? bytes : Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + what.length)]);
}

/** A connection in between that changes what goes up once it has all come; the Host that was signed stays. */
async function startMeddler({ host }: Ceph, meddle: (bytes: Buffer) => Buffer) {
  let isMeddled = false;
  const [hostname, port] = host.split(':');
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const up: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    near.on('data', (bytes: Buffer) => {
      up.push(bytes);
      clearTimeout(timer);
      timer = setTimeout(() => {
        const all = Buffer.concat(up.splice(0));
        const changed = meddle(all);
        isMeddled ||= !changed.equals(all);
        far.write(changed);
      }, 100);
    });
    far.pipe(near);
    for (const socket of [near, far]) socket.on('error', () => [near, far].map((one) => one.destroy()));
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    isMeddled: () => isMeddled,
    stop: () => void server.close(),
  };
}

/** The bytes as they are: fetch would make a URL of its own of the path. */
function send(
  { host }: Ceph,
  call: { method: string; path: string; headers: Readonly<Record<string, string>>; body: string },
): Promise<number> {
  const [hostname, port] = host.split(':');
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      hostname,
      port,
      method: call.method,
      path: call.path,
      // What is refused may be answered by closing the connection.
      agent: new Agent({ keepAlive: false }),
      headers: call.headers,
    });
    request.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    request.on('error', reject);
    request.end(call.body);
  });
}
