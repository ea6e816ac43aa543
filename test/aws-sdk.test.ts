/**
 * The bridge to AWS SDK v3, against a local server that checks each signature by its own code: other services than S3, attempts
 * that are tried again, what is refused clearly, and that no secret key is in the client's process.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { inspect, promisify } from 'node:util';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { App, InvalidRequestError, PolicyViolationError } from '@alter-vault/sdk';
import { startPathRig, type PathRig } from './path-rig.ts';
import { assertSigV4 } from './sigv4-verifier.ts';
import { canary, stopPostgres } from './vault.ts';

const REGION = 'eu-west-1';
const SECRET = canary();

let rig: PathRig;
let app: App;
/** Of each attempt that arrived: what its signature is worth. */
let verdicts: string[] = [];

before(async () => {
  rig = await startPathRig();
  app = new App({ apiKey: rig.key, baseUrl: rig.vault.url });
});
after(async () => {
  await app?.close();
  await rig?.stop();
  await stopPostgres();
});

/** Answers each attempt with the next of these, the last one from then on, once its signature was checked. */
function serve(service: string, answers: readonly { status: number; body: string }[]): void {
  verdicts = [];
  rig.upstream.behave((_request, response) => {
    const seen = rig.upstream.requests.at(-1) ?? assert.fail();
    let verdict = 'good';
    try {
      assertSigV4(seen, { secret: SECRET, service, region: REGION });
    } catch (thrown) {
      verdict = String(thrown);
    }
    const { status, body } = answers[Math.min(verdicts.length, answers.length - 1)] ?? assert.fail();
    verdicts.push(verdict);
    response.writeHead(verdict === 'good' ? status : 403, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(body);
  });
}

async function options(service: string, mode: 'request' | 'proxy' = 'request') {
  const { grantId } = await rig.grant({
    credential: { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: SECRET },
    more: {
      credential_type: 'aws_sigv4',
      injection: [{ in: 'aws_sigv4', service, region: REGION }],
    },
  });
  return { grantId, region: REGION, mode, endpoint: rig.upstream.origin };
}

for (const mode of ['request', 'proxy'] as const) {
  test(`R13: DynamoDB and SQS in ${mode} mode carry signatures that an independent check takes`, async () => {
    serve('dynamodb', [{ status: 200, body: '{}' }]);
    const dynamo = app.awsClient(DynamoDBClient, await options('dynamodb', mode));
    const Item = { id: { S: 'é "quoted"  text' }, n: { N: '1' } };
    await dynamo.send(new PutItemCommand({ TableName: 'things', Item }));
    assert.deepEqual(verdicts, ['good']);
    serve('sqs', [{ status: 200, body: '{"MessageId":"1"}' }]);
    const sqs = app.awsClient(SQSClient, { ...(await options('sqs', mode)), md5: false });
    const QueueUrl = `${rig.upstream.origin}/123456789012/queue`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a + b & c' }));
    assert.deepEqual(verdicts, ['good']);
  });

  test(`R13: an attempt that is tried again in ${mode} mode is signed anew, and each is in the log`, async () => {
    serve('dynamodb', [
      { status: 500, body: '{"__type":"InternalServerError"}' },
      { status: 400, body: '{"__type":"ThrottlingException"}' },
      { status: 200, body: '{}' },
    ]);
    const asked = await options('dynamodb', mode);
    const dynamo = app.awsClient(DynamoDBClient, { ...asked, maxAttempts: 4 });
    await dynamo.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: '1' } } }));
    assert.deepEqual(verdicts, ['good', 'good', 'good']);
    await app.close();
    app = new App({ apiKey: rig.key, baseUrl: rig.vault.url });
    const events = await rig.events(asked.grantId, 6);
    const completed = events.filter(({ kind }) => kind === 'call.completed');
    assert.deepEqual(completed.map((event) => event.status_code).toSorted(), [200, 400, 500]);
  });
}

/** Its clock is two days slow from before its first module on. */
const SLOW_CLOCK = `data:text/javascript,${encodeURIComponent(
  'const now = Date.now, late = 2 * 86_400_000; Date.now = () => now() - late;' +
    'globalThis.Date = class extends Date { constructor(...at) { at.length ? super(...at) : super(Date.now()); } };',
)}`;
const PROGRAM = `
  import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
  import { App } from '@alter-vault/sdk';
  const { asked, own } = JSON.parse(process.env.ALTER_TEST_ASKED);
  const app = new App();
  const dynamo = own ? new DynamoDBClient({ ...asked, credentials: own }) : app.awsClient(DynamoDBClient, asked);
  await dynamo.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: '1' } } }));
  await app.close();
`;

test('R13: a client whose clock is wrong is signed for by the clock of the vault, in both modes', async () => {
  const own = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: SECRET };
  for (const [mode, more] of [
    ['request', {}],
    ['proxy', {}],
    ['request', { own }],
  ] as const) {
    serve('dynamodb', [{ status: 200, body: '{}' }]);
    const env = {
      PATH: process.env['PATH'] ?? '',
      ALTER_BASE_URL: rig.vault.url,
      ALTER_API_KEY: rig.key,
      ALTER_TEST_ASKED: JSON.stringify({ asked: await options('dynamodb', mode), ...more }),
    };
    const args = ['--import', SLOW_CLOCK, '--input-type=module', '-e', PROGRAM];
    await promisify(execFile)(process.execPath, args, { env, cwd: import.meta.dirname });
    assert.deepEqual(verdicts, ['good'], mode);
    const ageMs = ageMsOf(String(rig.upstream.requests.at(-1)?.headers['x-amz-date']));
    if ('own' in more) assert.ok(ageMs > 86_400_000, 'the clock is wrong indeed');
    else assert.ok(Math.abs(ageMs) < 60_000, `${mode}: ${ageMs} ms`);
  }
});

const ageMsOf = (amzDate: string): number =>
  Date.now() - Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));

test('R15: the secret key is nowhere in the client, and what asks for it is refused clearly: the presigner, say', async () => {
  const asked = await options('s3');
  const config = app.awsConfig(asked);
  const s3 = new S3Client({ ...config, endpoint: asked.endpoint, forcePathStyle: true });
  assert.ok(!inspect(s3, { depth: 8, showHidden: true }).includes(SECRET));
  assert.ok(!JSON.stringify(process.env).includes(SECRET));
  const presigned = getSignedUrl(s3, new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
  await assert.rejects(presigned, (error: unknown) => {
    assert.ok(error instanceof InvalidRequestError);
    assert.match(error.message, /presign\(\)/);
    return true;
  });
});

test('R13: a stream over http is refused before anything is sent, with what to do instead', async () => {
  const s3 = app.awsClient(S3Client, {
    ...(await options('s3')),
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const sent = rig.upstream.requests.length;
  const put = s3.send(
    new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Readable.from(['x']), ContentLength: 1 }),
  );
  await assert.rejects(put, /lib-storage/);
  assert.equal(rig.upstream.requests.length, sent);
});

test('what the vault refuses is its own error in the client too', async () => {
  const asked = await options('dynamodb');
  await rig.vault.ok('POST', '/v1/apps/default/policies', {
    name: 'no-writes',
    applies_to: { grant_id: asked.grantId },
    mode: 'enforce',
    rule: { type: 'request', methods: ['POST'], effect: 'deny' },
  });
  for (const mode of ['request', 'proxy'] as const) {
    const dynamo = app.awsClient(DynamoDBClient, { ...asked, mode });
    const put = dynamo.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: '1' } } }));
    await assert.rejects(put, PolicyViolationError);
  }
  for (const bad of [{ region: '' }, { grantId: '' }]) {
    assert.throws(() => app.awsConfig({ ...asked, ...bad }), InvalidRequestError);
  }
});
