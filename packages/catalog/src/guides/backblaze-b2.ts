/** The set-up guide of the provider template "Backblaze B2 (S3 API)". Words only. */
import { defineGuide } from '../guide.ts';

export const backblazeB2 = defineGuide({
  template: 'backblaze_b2',
  summary: 'Objects and buckets of Backblaze B2, over its S3 interface',
  keywords: ['s3', 'objects', 'buckets', 'backup', 'files'],
  tile: { monogram: 'B2', hue: 355 },
  checked: 'from_memory',
  key_page: { label: 'Application keys', url: 'https://secure.backblaze.com/app_keys.htm' },
  steps: [
    'Open **Application Keys**.',
    'Choose **Add a New Application Key** and name it after the program.',
    'Pick the bucket and the type of access, and allow it to list all bucket names if the test call is to work.',
    'Copy both parts: the key is shown once.',
  ],
  values: {
    access_key_id: { where: 'The keyID.', looks: '25 hexadecimal characters' },
    secret_access_key: { where: 'The applicationKey: shown once, when it is created.' },
    region: {
      where: 'In the S3 endpoint of the bucket, between s3. and .backblazeb2.com.',
      looks: 'us-west-004',
    },
  },
  scopes: [
    { name: 'Read Only', why: 'reads the bucket' },
    { name: 'Read and Write', why: 'reads and writes it' },
  ],
  expires:
    'As chosen when it is made (in seconds); by default never. Make a second key, replace it here, then delete the first.',
  test_call: 'Lists the buckets.',
  pitfalls: [
    'The master application key does not work with the S3 interface.',
    'A key for one bucket has to be allowed to list bucket names, or the test call fails.',
  ],
});
