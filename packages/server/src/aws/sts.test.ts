import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stsEndpoint } from './sts.ts';

test('R14: a role is assumed at the regional endpoint, in the partition of the role', () => {
  const of = (arn: string, region: string) => stsEndpoint(`arn:${arn}:iam::123456789012:role/x`, region);
  assert.deepEqual(of('aws', 'eu-central-1'), {
    origin: 'https://sts.eu-central-1.amazonaws.com',
    region: 'eu-central-1',
  });
  assert.equal(of('aws-cn', 'cn-northwest-1').origin, 'https://sts.cn-northwest-1.amazonaws.com.cn');
  assert.equal(of('aws-us-gov', 'us-gov-east-1').origin, 'https://sts.us-gov-east-1.amazonaws.com');
  assert.equal(of('aws-eusc', 'eusc-de-east-1').origin, 'https://sts.eusc-de-east-1.amazonaws.eu');
  // A name that is no region of AWS must not become a host.
  assert.equal(of('aws', 'auto').origin, 'https://sts.us-east-1.amazonaws.com');
  assert.equal(of('aws-cn', 'evil.example/').origin, 'https://sts.cn-north-1.amazonaws.com.cn');
});
