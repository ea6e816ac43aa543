/**
 * R13: tables of DynamoDB and queues of SQS do in AWS's clients what they do at AWS, as moto emulates them, in both modes. moto checks
 * no signature; code that shares nothing with what signs stands before it and lets only what is signed through.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { App } from '@alter-vault/sdk';
import { startMoto, type Moto } from './moto-rig.ts';
import { startPathRig, type PathRig } from './path-rig.ts';
import { findPython } from './python-rig.ts';
import { assertSigV4 } from './sigv4-verifier.ts';
import { canary, stopPostgres } from './vault.ts';

const REGION = 'eu-west-1';
const SECRET = canary();
const python = await findPython();

describe('moto', { skip: 'missing' in python && python.missing }, () => {
  let rig: PathRig;
  let moto: Moto;
  let app: App;
  let taken = 0;

  before(async () => {
    assert.ok(!('missing' in python));
    [rig, moto] = await Promise.all([startPathRig(), startMoto(python)]);
    app = new App({ apiKey: rig.key, baseUrl: rig.vault.url });
    rig.upstream.behave((request, response) => {
      const seen = rig.upstream.requests.at(-1) ?? assert.fail();
      const service = String(request.headers['x-amz-target']).startsWith('DynamoDB') ? 'dynamodb' : 'sqs';
      try {
        assertSigV4(seen, { secret: SECRET, service, region: REGION });
      } catch (thrown) {
        response.writeHead(403).end(String(thrown));
        return;
      }
      taken += 1;
      moto.pass(seen, response);
    });
  });
  after(async () => {
    await app?.close();
    await moto?.stop();
    await rig?.stop();
    await stopPostgres();
  });

  async function options(service: string, mode: 'request' | 'proxy', secret = SECRET) {
    const { grantId } = await rig.grant({
      credential: { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: secret },
      more: { credential_type: 'aws_sigv4', injection: [{ in: 'aws_sigv4', service, region: REGION }] },
    });
    return { grantId, region: REGION, mode, endpoint: rig.upstream.origin };
  }

  for (const mode of ['request', 'proxy'] as const) {
    test(`R13: a table is made, written, read in pages, and refuses what its conditions refuse, in ${mode} mode`, async () => {
      const dynamo = app.awsClient(DynamoDBClient, await options('dynamodb', mode));
      const TableName = `things-${mode}`;
      await dynamo.send(
        new CreateTableCommand({
          TableName,
          AttributeDefinitions: [
            { AttributeName: 'who', AttributeType: 'S' },
            { AttributeName: 'at', AttributeType: 'N' },
          ],
          KeySchema: [
            { AttributeName: 'who', KeyType: 'HASH' },
            { AttributeName: 'at', KeyType: 'RANGE' },
          ],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
      await waitUntilTableExists(
        { client: dynamo, minDelay: 1, maxDelay: 2, maxWaitTime: 10 },
        { TableName },
      );
      const itemOf = (at: number) => ({ who: { S: 'é "q" 😀' }, at: { N: String(at) } });
      await dynamo.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [TableName]: [1, 2, 3, 4, 5].map((at) => ({ PutRequest: { Item: itemOf(at) } })),
          },
        }),
      );
      const found: string[] = [];
      for await (const page of paginateQuery(
        { client: dynamo, pageSize: 2 },
        {
          TableName,
          KeyConditionExpression: 'who = :who',
          ExpressionAttributeValues: { ':who': { S: 'é "q" 😀' } },
        },
      ))
        found.push(...(page.Items ?? []).map(({ at }) => at?.N ?? ''));
      assert.deepEqual(found, ['1', '2', '3', '4', '5']);
      const again = new PutItemCommand({
        TableName,
        Item: itemOf(1),
        ConditionExpression: 'attribute_not_exists(who)',
      });
      await assert.rejects(dynamo.send(again), ConditionalCheckFailedException);
      await dynamo.send(
        new UpdateItemCommand({
          TableName,
          Key: itemOf(1),
          UpdateExpression: 'ADD seen :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      );
      const gone = [2, 3].map((at) => ({ Delete: { TableName, Key: itemOf(at) } }));
      await dynamo.send(new TransactWriteItemsCommand({ TransactItems: gone }));
      const read = async (at: number) =>
        (await dynamo.send(new GetItemCommand({ TableName, Key: itemOf(at) }))).Item;
      assert.deepEqual(await read(1), { ...itemOf(1), seen: { N: '1' } });
      assert.equal(await read(2), undefined);
    });

    test(`R13: messages go through a queue whole and once, in ${mode} mode`, async () => {
      const sqs = app.awsClient(SQSClient, await options('sqs', mode));
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `queue-${mode}` }));
      assert.ok(QueueUrl?.startsWith(rig.upstream.origin));
      const texts = ['a + b & c=d', 'é\n"quoted" 😀', ' spaces  '];
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: texts[0] }));
      const Entries = texts.slice(1).map((MessageBody, at) => ({ Id: String(at), MessageBody }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      const received: string[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) break;
        for (const { Body = '', ReceiptHandle } of Messages) {
          received.push(Body);
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
      assert.deepEqual(received.toSorted(), texts.toSorted());
      const absent = sqs.send(new ReceiveMessageCommand({ QueueUrl: `${QueueUrl}-absent` }));
      await assert.rejects(absent, QueueDoesNotExist);
    });

    test(`R13: what is signed with another key gets to no emulator, in ${mode} mode`, async () => {
      const before = taken;
      const asked = { ...(await options('sqs', mode, canary())), maxAttempts: 1 };
      const refused = app.awsClient(SQSClient, asked).send(new CreateQueueCommand({ QueueName: 'q' }));
      await assert.rejects(refused, (error: { $metadata?: { httpStatusCode?: number } }) => {
        return error.$metadata?.httpStatusCode === 403;
      });
      assert.equal(taken, before);
    });
  }
});
