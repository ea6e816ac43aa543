/** The set-up guide of the provider template "S3-compatible (MinIO, Ceph, Garage)". Words only. */
import { defineGuide } from '../guide.ts';

export const s3Compatible = defineGuide({
  template: 's3_compatible',
  summary: 'Objects and buckets of MinIO, Ceph, Garage and others',
  keywords: ['s3', 'minio', 'ceph', 'garage', 'objects', 'buckets', 'self-hosted'],
  tile: { monogram: 'S3', hue: 200 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Make a user or an access key for this program alone, in the console or with the command of your store.',
    'Allow it only the buckets and actions that it needs.',
    'Copy both parts: most stores show the secret once.',
    'Give the host of the S3 interface, which is often another one, or another port, than that of the console.',
  ],
  values: {
    access_key_id: { where: 'What your store calls access key, or key ID.' },
    secret_access_key: { where: 'What your store calls secret key; most show it once.' },
    host: {
      where: 'The host of the S3 interface, with its port where it is not 443.',
      looks: 'minio.example.com:9000',
    },
    region: {
      where:
        'As your store is configured; us-east-1 where it does not care. Garage says "garage" by default.',
      looks: 'us-east-1',
    },
  },
  scopes: [],
  expires: 'As your store has it. Make a second key, replace it here, then delete the first.',
  test_call: 'Lists the buckets.',
  pitfalls: [
    'A private address has to be allowed by ALTER_EGRESS_ALLOW, and an own certificate authority by ALTER_EGRESS_CA_FILE.',
    'The store has to serve https.',
    'A key for single buckets may not list them and then fails the test call.',
  ],
});
