/** The set-up guide of the provider template "Wasabi". Words only. */
import { defineGuide } from '../guide.ts';

export const wasabi = defineGuide({
  template: 'wasabi',
  summary: 'Objects and buckets of Wasabi, over its S3 interface',
  keywords: ['s3', 'objects', 'buckets', 'backup', 'files'],
  tile: { monogram: 'Wa', hue: 140 },
  checked: 'from_memory',
  key_page: { label: 'Console', url: 'https://console.wasabisys.com/' },
  steps: [
    'Open the console as an admin and make a user under **Users**, with programmatic access, for this program alone.',
    'Attach a policy that allows only its buckets.',
    'Go to **Access Keys** and create one for that user.',
    'Copy or download both parts: the secret is shown once.',
  ],
  values: {
    access_key_id: {
      where: 'Beside the secret, and in the list afterwards.',
      looks: '20 letters and digits',
    },
    secret_access_key: { where: 'Shown once, when the access key is created.' },
    region: { where: 'The region of the bucket, in its settings.', looks: 'eu-central-1' },
  },
  scopes: [
    { name: 's3:GetObject', why: 'reads objects' },
    { name: 's3:PutObject', why: 'writes objects' },
    { name: 's3:ListAllMyBuckets', why: 'the test call' },
  ],
  expires:
    'Access keys live until they are deleted. A user can have two: make the second, replace it here, then delete the first.',
  test_call: 'Lists the buckets.',
  pitfalls: [
    'Keys of the root user can do everything; do not use them.',
    'The region has to be that of the bucket.',
  ],
});
