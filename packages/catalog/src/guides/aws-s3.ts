/** The set-up guide of the provider template "Amazon S3". Words only. */
import { AWS_VALUES } from '../aws-values.ts';
import { defineGuide } from '../guide.ts';

export const awsS3 = defineGuide({
  template: 'aws_s3',
  summary: 'Objects and buckets of Amazon S3, with signed requests',
  keywords: ['amazon', 'aws', 'objects', 'buckets', 'files', 'sigv4'],
  tile: { monogram: 'S3', hue: 100 },
  checked: 'from_memory',
  key_page: { label: 'IAM', url: 'https://console.aws.amazon.com/iam/' },
  steps: [
    'Open **IAM** in the AWS console and make a user or a role for this program alone.',
    'Attach a policy that allows the actions below, on its buckets only.',
    'For a user, open **Security credentials** and choose **Create access key**.',
    'Copy both parts: the secret access key is shown once.',
  ],
  values: {
    ...AWS_VALUES,

    region: { where: 'The region of the bucket, in its properties.', looks: 'eu-central-1' },
  },
  scopes: [
    { name: 's3:GetObject', why: 'reads objects' },
    { name: 's3:PutObject', why: 'writes objects' },
    { name: 's3:ListBucket', why: 'lists a bucket' },
    { name: 's3:ListAllMyBuckets', why: 'the test call' },
  ],
  expires:
    'Access keys of a user live until they are deleted; a user can have two, so make the second, replace it here, then deactivate and delete the first. With a role, the vault asks for short-lived keys itself.',
  test_call: 'Lists the buckets.',
  pitfalls: [
    'A key without s3:ListAllMyBuckets fails the test call, though it works on its buckets.',
    'The vault signs each call; the secret access key never leaves it, in neither mode.',
    'A bucket of another region answers with a redirect or an error.',
  ],
});
