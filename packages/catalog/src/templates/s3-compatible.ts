/** The provider template "S3-compatible (MinIO, Ceph, Garage)". Data only. */
import { HOST_PATTERN, LABEL_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const s3Compatible = defineTemplate({
  id: 's3_compatible',
  name: 'S3-compatible (MinIO, Ceph, Garage)',
  category: 'storage',
  base_url: 'https://{host}',
  base_urls: ['https://{host}'],
  allowed_hosts: ['{host}', '**.{host}'],
  variables: [
    { name: 'host', label: 'Host', example: 'minio.example.com', pattern: HOST_PATTERN },
    { name: 'region', label: 'Region', example: 'us-east-1', pattern: LABEL_PATTERN, default: 'us-east-1' },
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
    url: 'https://{host}/',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.min.io/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: 'A private address must also be allowed by ALTER_EGRESS_ALLOW.',
});
