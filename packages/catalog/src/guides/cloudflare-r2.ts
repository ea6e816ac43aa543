/** The set-up guide of the provider template "Cloudflare R2 (S3 API)". Words only. */
import { defineGuide } from '../guide.ts';

export const cloudflareR2 = defineGuide({
  template: 'cloudflare_r2',
  summary: 'Objects and buckets of Cloudflare R2, over its S3 interface',
  keywords: ['s3', 'objects', 'buckets', 'files', 'cloudflare'],
  tile: { monogram: 'R2', hue: 27 },
  checked: 'from_memory',
  key_page: { label: 'R2', url: 'https://dash.cloudflare.com/?to=/:account/r2/api-tokens' },
  steps: [
    'Open **R2** in the dashboard and choose to manage its API tokens.',
    'Choose to create an account token, or a user token, and name it after the program.',
    'Pick **Object Read only** or **Object Read & Write**, the buckets, an end, and the addresses that may use it.',
    'Copy **Access Key ID** and **Secret Access Key**: they are shown once.',
  ],
  values: {
    access_key_id: { where: 'Shown when the token is created.', looks: '32 hexadecimal characters' },
    secret_access_key: {
      where: 'Shown once, when the token is created.',
      looks: '64 hexadecimal characters',
    },
    account_id: {
      where: 'On the overview of R2, and in the S3 endpoint.',
      looks: '32 hexadecimal characters',
    },
    session_token: { where: 'Only for temporary credentials: it comes with them.' },
  },
  scopes: [
    { name: 'Object Read only', why: 'reads objects of the buckets that are named' },
    { name: 'Object Read & Write', why: 'reads and writes them' },
    { name: 'Admin Read only', why: 'lists buckets too, and the test call' },
  ],
  expires: 'As chosen when it is made. Make a second one, replace both values here, then revoke the first.',
  test_call: 'Lists the buckets.',
  pitfalls: [
    "A token for single buckets can't list buckets and fails the test call, though it works.",
    'Buckets with a jurisdiction, such as the EU, have an endpoint of their own.',
    'The token value itself is for the Cloudflare API, not for S3.',
  ],
});
