/**
 * R13: bodies that are covered by TLS instead of a signature, as AWS's clients send them over https: `UNSIGNED-PAYLOAD`, and
 * `STREAMING-UNSIGNED-PAYLOAD-TRAILER`, whose checksum follows the body. Ceph 16 takes the first and knows nothing of the second;
 * that one is shown to a verifier that shares no code with what signs.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { App } from '@alter-vault/sdk';
import { CEPH_CA_FILE, skipWithoutCeph, startCeph, type Ceph } from './ceph-rig.ts';
import { assertSigV4 } from './sigv4-verifier.ts';
import { startUpstream, type Recorded, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const REGION = 'us-east-1';
const TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const MODES = ['request', 'proxy'] as const;
const KEY = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: randomBytes(30).toString('base64') };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let vault: TestVault;
let app: App;

before(async () => {
  vault = await startVault({ env: { ALTER_EGRESS_CA_FILE: CEPH_CA_FILE } });
  app = new App({ apiKey: (await vault.key()).api_key, baseUrl: vault.url });
});
after(async () => {
  await app?.close();
  await vault?.stop();
  await stopPostgres();
});

interface Store {
  readonly origin: string;
  readonly host: string;
  readonly accessKeyId: string;
  readonly secret: string;
}

const WITHOUT_TRAILERS = {
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const;

/** In proxy mode the vault trusts the authority of the tests, in request mode this process has to. */
const usual = (store: Store) => ({
  region: REGION,
  endpoint: store.origin,
  forcePathStyle: true,
  maxAttempts: 1,
  requestHandler: { httpsAgent: new Agent({ ca: readFileSync(CEPH_CA_FILE) }) },
});

async function client(store: Store, mode: 'request' | 'proxy', more: object = {}): Promise<S3Client> {
  const credential = { access_key_id: store.accessKeyId, secret_access_key: store.secret };
  const { grant_id: grantId } = await vault.secret(store.host, credential, {
    credential_type: 'aws_sigv4',
    injection: [{ in: 'aws_sigv4', service: 's3', region: REGION }],
  });
  const config = app.awsConfig({ grantId, region: REGION, mode });
  return new S3Client({ ...usual(store), ...config, ...more });
}

/** Nobody knows how long it is, and it comes once. */
function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const LARGE = randomBytes(6 * 1024 * 1024 + 11);
const streamed = (Key: string) => ({
  Bucket: 'tls',
  Key,
  Body: Readable.from(chunksOf(LARGE, 50_000)),
  ContentLength: LARGE.byteLength,
});

/** So little that all of it is sent before an answer comes: who refuses a larger one closes the connection in its middle. */
const small = () => ({ Body: Readable.from([Buffer.from('12345')]), ContentLength: 5 });

const skip = await skipWithoutCeph();

describe('Ceph over TLS', { skip }, () => {
  let ceph: Ceph;
  let store: Store;

  before(async () => {
    ceph = await startCeph();
    store = { ...ceph, origin: ceph.tlsOrigin, host: ceph.tlsHost };
  });
  after(() => ceph?.stop());

  for (const mode of MODES) {
    test(`R13 F9: Ceph takes a stream under UNSIGNED-PAYLOAD in ${mode} mode, and parts of one`, async () => {
      const s3 = await client(store, mode, WITHOUT_TRAILERS);
      await s3.send(new CreateBucketCommand({ Bucket: 'tls' }));
      await s3.send(new PutObjectCommand(streamed(`stream é+ ${mode}`)));
      await new Upload({ client: s3, params: { ...streamed(`parts ${mode}`) } }).done();
      for (const Key of [`stream é+ ${mode}`, `parts ${mode}`]) {
        const got = await s3.send(new GetObjectCommand({ Bucket: 'tls', Key }));
        assert.equal(sha256((await got.Body?.transformToByteArray()) ?? Buffer.of()), sha256(LARGE), Key);
      }
    });
  }

  test('Ceph 16 refuses a checksum that follows the body from everybody, and keeps nothing of it', async () => {
    const credentials = { accessKeyId: ceph.accessKeyId, secretAccessKey: ceph.secret };
    const ownKey = new S3Client({ ...usual(store), credentials });
    await ownKey.send(new CreateBucketCommand({ Bucket: 'tls' }));
    const clients = {
      "AWS's own signature": ownKey,
      'request mode': await client(store, 'request'),
      'proxy mode': await client(store, 'proxy'),
    };
    for (const [name, s3] of Object.entries(clients)) {
      await assert.rejects(
        s3.send(new PutObjectCommand({ ...streamed('trailed'), ...small() })),
        { name: 'MissingContentLength' },
        name,
      );
    }
    const { Contents = [] } = await ownKey.send(new ListObjectsV2Command({ Bucket: 'tls' }));
    assert.ok(!Contents.some(({ Key }) => Key === 'trailed'));
  });
});

for (const mode of MODES) {
  test(`R13 F9: a checksum that follows the body goes through as AWS's client made it in ${mode} mode, signed`, async () => {
    const upstream = await startUpstream({ tls: true });
    try {
      const s3 = await client({ ...upstream, ...KEY }, mode);
      upstream.behave((_request, response) => response.end());
      await s3.send(new PutObjectCommand(streamed('trailed')));
      const seen = lastOf(upstream);
      assert.equal(seen.headers['x-amz-content-sha256'], TRAILER);
      assertSigV4(seen, { secret: KEY.secret, service: 's3', region: REGION, payload: TRAILER });
      assertTrailed(seen);
      const other = { ...seen, headers: { ...seen.headers, 'x-amz-trailer': 'x-amz-checksum-sha1' } };
      assert.throws(() => assertTrailed(other), 'the check can fail');
      const forged = seen.rawHeaders.map((text) => (text === seen.headers['x-amz-trailer'] ? 'other' : text));
      assert.throws(() =>
        assertSigV4(
          { ...seen, rawHeaders: forged },
          { secret: KEY.secret, service: 's3', region: REGION, payload: TRAILER },
        ),
      );
    } finally {
      await upstream.stop();
    }
  });
}

const lastOf = ({ requests }: Upstream): Recorded => requests.at(-1) ?? assert.fail('nothing came');

/** `aws-chunked`: chunks of the body, an empty one, and the checksum that was announced, of what came. */
function assertTrailed({ headers, body }: Recorded): void {
  assert.equal(headers['content-encoding'], 'aws-chunked');
  assert.equal(headers['x-amz-decoded-content-length'], String(LARGE.byteLength));
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.subarray(at, end).toString('latin1'), 16);
    at = end + 2;
    if (size === 0) break;
    parts.push(body.subarray(at, at + size));
    at += size + 2;
  }
  const content = Buffer.concat(parts);
  assert.equal(sha256(content), sha256(LARGE));
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  const announced = String(headers['x-amz-trailer']);
  assert.equal(announced, 'x-amz-checksum-crc32');
  assert.equal(body.subarray(at).toString('latin1').trim(), `${announced}:${sum.toString('base64')}`);
}
