/** The provider template "Cloudflare R2 (S3 API)". Data only. */
import { defineTemplate } from '../template.ts';

export const cloudflareR2 = defineTemplate({
  id: 'cloudflare_r2',
  name: 'Cloudflare R2 (S3 API)',
  category: 'storage',
  base_url: 'https://{account_id}.r2.cloudflarestorage.com',
  base_urls: ['https://{account_id}.r2.cloudflarestorage.com'],
  allowed_hosts: ['{account_id}.r2.cloudflarestorage.com', '**.{account_id}.r2.cloudflarestorage.com'],
  variables: [
    {
      name: 'account_id',
      label: 'Account ID',
      example: '0123456789abcdef0123456789abcdef',
      pattern: '^[0-9a-f]{32}$',
    },
  ],
  credential_type: 'aws_sigv4',
  fields: [
    { name: 'access_key_id', label: 'Access key ID', secret: false },
    { name: 'secret_access_key', label: 'Secret access key', secret: true },
    { name: 'session_token', label: 'Session token', secret: true, optional: true },
  ],
  injection: [{ in: 'aws_sigv4', service: 's3', region: 'auto' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{account_id}.r2.cloudflarestorage.com/',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developers.cloudflare.com/r2/api/s3/api/',
  verified: true,
  source_url: 'https://developers.cloudflare.com/r2/data-access/s3-api/api/',
  source_kind: 'vendor_docs',
  notes: 'Region auto (us-east-1 and empty alias to it). Bucket-scoped keys cannot list buckets.',
});
