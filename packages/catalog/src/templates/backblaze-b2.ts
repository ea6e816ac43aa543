/** The provider template "Backblaze B2 (S3 API)". Data only. */
import { defineTemplate } from '../template.ts';

export const backblazeB2 = defineTemplate({
  id: 'backblaze_b2',
  name: 'Backblaze B2 (S3 API)',
  category: 'storage',
  base_url: 'https://s3.{region}.backblazeb2.com',
  base_urls: ['https://s3.{region}.backblazeb2.com'],
  allowed_hosts: ['s3.{region}.backblazeb2.com', '**.s3.{region}.backblazeb2.com'],
  variables: [
    {
      name: 'region',
      label: 'Region',
      example: 'us-west-004',
      pattern: '^[a-z]{2}(?:-[a-z]+){1,3}-[0-9]{3}$',
    },
  ],
  credential_type: 'aws_sigv4',
  fields: [
    { name: 'access_key_id', label: 'Access key ID', secret: false },
    { name: 'secret_access_key', label: 'Secret access key', secret: true },
  ],
  injection: [{ in: 'aws_sigv4', service: 's3', region: '{region}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://s3.{region}.backblazeb2.com/',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://www.backblaze.com/docs/cloud-storage-s3-compatible-api',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: '',
});
