/** The provider template "Amazon S3". Data only. */
import { AWS_REGION_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const awsS3 = defineTemplate({
  id: 'aws_s3',
  name: 'Amazon S3',
  category: 'storage',
  base_url: 'https://s3.{region}.amazonaws.com',
  base_urls: ['https://s3.{region}.amazonaws.com'],
  allowed_hosts: ['s3.{region}.amazonaws.com', '**.s3.{region}.amazonaws.com'],
  variables: [{ name: 'region', label: 'Region', example: 'us-east-1', pattern: AWS_REGION_PATTERN }],
  credential_type: 'aws_sigv4',
  fields: [
    { name: 'access_key_id', label: 'Access key ID', secret: false },
    { name: 'secret_access_key', label: 'Secret access key', secret: true },
    { name: 'session_token', label: 'Session token', secret: true, optional: true },
    { name: 'role_arn', label: 'Role to assume', secret: false, optional: true },
    { name: 'external_id', label: 'External ID for the role', secret: false, optional: true },
    { name: 'session_name', label: 'Session name for the role', secret: false, optional: true },
    { name: 'duration_seconds', label: 'Session duration in seconds', secret: false, optional: true },
    { name: 'session_policy', label: 'Session policy for the role', secret: false, optional: true },
    { name: 'session_tags', label: 'Session tags for the role', secret: false, optional: true },
  ],
  injection: [{ in: 'aws_sigv4', service: 's3', region: '{region}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://s3.{region}.amazonaws.com/',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html',
  verified: true,
  source_url: 'https://github.com/aws/aws-sdk-js-v3',
  source_kind: 'vendor_sdk',
  notes:
    'Paths are encoded once, and x-amz-content-sha256 is required; chunked uploads with an unsigned trailer pass through.',
});
