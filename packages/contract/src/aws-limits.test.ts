import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areLimitsWithin } from './aws-limits.ts';

test('limits are within others where they allow nothing more', () => {
  const open = {};
  const narrow = { services: ['s3'], regions: ['eu-west-1'], presign_seconds_max: 60 };
  assert.equal(areLimitsWithin(narrow, open), true);
  assert.equal(areLimitsWithin(open, narrow), false);
  assert.equal(areLimitsWithin(narrow, narrow), true);
  for (const more of [
    { services: ['s3', 'sqs'] },
    { regions: ['us-east-1'] },
    { services: undefined },
    { regions: undefined },
    { presign_seconds_max: 61 },
    { presign_seconds_max: undefined },
  ])
    assert.equal(areLimitsWithin({ ...narrow, ...more }, narrow), false, JSON.stringify(more));
});

test('without a limit presigned URLs live for an hour', () => {
  assert.equal(areLimitsWithin({}, { presign_seconds_max: 3600 }), true);
  assert.equal(areLimitsWithin({}, { presign_seconds_max: 3599 }), false);
  assert.equal(areLimitsWithin({ presign_seconds_max: 3601 }, {}), false);
  assert.equal(areLimitsWithin({ presign_seconds_max: 0 }, {}), true);
});
