/** The provider template "Wasabi". Data only. */
import { AWS_REGION_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const wasabi = defineTemplate({
  id: 'wasabi',
  name: 'Wasabi',
  category: 'storage',
  base_url: 'https://s3.{region}.wasabisys.com',
  base_urls: ['https://s3.{region}.wasabisys.com'],
  allowed_hosts: ['s3.{region}.wasabisys.com', '**.s3.{region}.wasabisys.com'],
  variables: [{ name: 'region', label: 'Region', example: 'us-east-1', pattern: AWS_REGION_PATTERN }],
  credential_type: 'aws_sigv4',
  fields: [
    { name: 'access_key_id', label: 'Access key ID', secret: false },
    { name: 'secret_access_key', label: 'Secret access key', secret: true },
  ],
  injection: [{ in: 'aws_sigv4', service: 's3', region: '{region}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://s3.{region}.wasabisys.com/',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.wasabi.com/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: '',
});
