import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../refusal.ts';
import { awsTargetOfHost, resolveAwsTarget, serviceStyle } from './endpoint.ts';

const HOSTS: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['s3.us-west-2.amazonaws.com', 's3', 'us-west-2'],
  ['bucket.s3.us-west-2.amazonaws.com', 's3', 'us-west-2'],
  ['my.dotted.bucket.s3.eu-central-1.amazonaws.com', 's3', 'eu-central-1'],
  ['us-east-1.s3.eu-west-1.amazonaws.com', 's3', 'eu-west-1'],
  ['b.s3.dualstack.eu-west-1.amazonaws.com', 's3', 'eu-west-1'],
  ['s3-fips.us-gov-west-1.amazonaws.com', 's3', 'us-gov-west-1'],
  ['s3.amazonaws.com', 's3', 'us-east-1'],
  ['bucket.s3.amazonaws.com', 's3', 'us-east-1'],
  ['eu-west-1.s3.amazonaws.com', 's3', 'us-east-1'],
  ['bucket.s3-eu-west-1.amazonaws.com', 's3', 'eu-west-1'],
  ['bucket.s3-accelerate.amazonaws.com', 's3', undefined],
  ['ap-123.s3-accesspoint.us-east-2.amazonaws.com', 's3', 'us-east-2'],
  ['123456789012.s3-control.us-east-2.amazonaws.com', 's3', 'us-east-2'],
  ['ap.123456789012.s3-outposts.us-west-2.amazonaws.com', 's3-outposts', 'us-west-2'],
  ['b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com', 's3express', 'us-east-1'],
  ['bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com', 's3', 'us-east-1'],
  ['dynamodb.eu-central-1.amazonaws.com', 'dynamodb', 'eu-central-1'],
  ['DynamoDB.EU-Central-1.amazonaws.com:443', 'dynamodb', 'eu-central-1'],
  ['streams.dynamodb.eu-central-1.amazonaws.com', 'dynamodb', 'eu-central-1'],
  ['abc123.execute-api.us-east-1.amazonaws.com', 'execute-api', 'us-east-1'],
  ['runtime.sagemaker.us-east-1.amazonaws.com', 'sagemaker', 'us-east-1'],
  ['bedrock-runtime.us-east-1.amazonaws.com', 'bedrock', 'us-east-1'],
  ['bedrock-runtime-fips.us-east-1.amazonaws.com', 'bedrock', 'us-east-1'],
  ['email.eu-west-1.amazonaws.com', 'ses', 'eu-west-1'],
  ['kms-fips.us-west-1.amazonaws.com', 'kms', 'us-west-1'],
  ['iam.amazonaws.com', 'iam', 'us-east-1'],
  ['sts.amazonaws.com', 'sts', 'us-east-1'],
  ['sts.eu-west-1.amazonaws.com', 'sts', 'eu-west-1'],
  ['cloudfront.amazonaws.com', 'cloudfront', 'us-east-1'],
  ['route53.amazonaws.com', 'route53', 'us-east-1'],
  ['iam.us-gov.amazonaws.com', 'iam', 'us-gov-west-1'],
  ['abcdef.lambda-url.eu-north-1.on.aws', 'lambda', 'eu-north-1'],
  ['lambda.us-east-1.api.aws', 'lambda', 'us-east-1'],
  ['search-logs-xyz.us-east-1.es.amazonaws.com', 'es', 'us-east-1'],
  ['xyz.us-east-1.aoss.amazonaws.com', 'aoss', 'us-east-1'],
  ['api.ecr.ap-southeast-2.amazonaws.com', 'ecr', 'ap-southeast-2'],
  ['a1b2-ats.iot.us-east-1.amazonaws.com', 'iotdata', 'us-east-1'],
  ['iot.us-east-1.amazonaws.com', 'iot', 'us-east-1'],
  ['s3.cn-north-1.amazonaws.com.cn', 's3', 'cn-north-1'],
  ['ec2.eusc-de-east-1.amazonaws.eu', 'ec2', 'eusc-de-east-1'],
  ['unheard-of.amazonaws.com', 'unheard-of', undefined],
  ['minio.internal:9000', undefined, undefined],
  ['amazonaws.com', undefined, undefined],
  ['s3.us-east-1.amazonaws.com.evil.example', undefined, undefined],
];

for (const [host, service, region] of HOSTS) {
  test(`endpoint: ${host}`, () => {
    const target = awsTargetOfHost(host);
    assert.equal(target.service, service);
    assert.equal(target.region, region);
  });
}

test('what the rule says wins over the credential, and that over the host', () => {
  const host = 's3.us-west-2.amazonaws.com';
  assert.deepEqual(resolveAwsTarget(host, [{ region: 'auto' }, { service: 'iam', region: 'x-1' }]), {
    service: 'iam',
    region: 'auto',
  });
  assert.deepEqual(resolveAwsTarget(host, [{}, {}]), { service: 's3', region: 'us-west-2' });
  assert.deepEqual(resolveAwsTarget('rgw.internal:8000', [{ service: 's3' }, { region: 'default' }]), {
    service: 's3',
    region: 'default',
  });
});

test('a service or region that nobody names is refused, and the message says which', () => {
  const refusal = (host: string, service?: string) => {
    try {
      resolveAwsTarget(host, [{ service }]);
    } catch (thrown) {
      assert.ok(thrown instanceof Refusal);
      return thrown;
    }
    return assert.fail('not refused');
  };
  assert.equal(refusal('minio.internal').code, 'invalid_request');
  assert.match(refusal('minio.internal').message, /service and region/);
  assert.match(refusal('minio.internal', 's3').message, /AWS region to/);
});

test('R13: S3 is encoded once, not normalised and sends its payload hash; the others twice', () => {
  assert.deepEqual(serviceStyle('s3'), {
    encodesTwice: false,
    normalizes: false,
    sendsPayloadHash: true,
    allowsUnsignedPayload: true,
    takesChunks: true,
  });
  assert.equal(serviceStyle('dynamodb').encodesTwice, true);
  assert.equal(serviceStyle('dynamodb').sendsPayloadHash, false);
  assert.equal(serviceStyle('dynamodb').takesChunks, false);
  assert.equal(serviceStyle('aoss').sendsPayloadHash, true);
});
