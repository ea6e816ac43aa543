/** The provider template "AWS (any SigV4 service)". Data only. */
import { AWS_REGION_PATTERN, LABEL_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const aws = defineTemplate({
  id: 'aws',
  name: 'AWS (any SigV4 service)',
  category: 'storage',
  base_url: 'https://{service}.{region}.amazonaws.com',
  base_urls: ['https://{service}.{region}.amazonaws.com'],
  allowed_hosts: [
    '{service}.{region}.amazonaws.com',
    '**.{service}.{region}.amazonaws.com',
    '{service}.amazonaws.com',
    '{service}.{region}.api.aws',
    'sts.{region}.amazonaws.com',
  ],
  variables: [
    { name: 'service', label: 'Service', example: 'dynamodb', pattern: LABEL_PATTERN },
    { name: 'region', label: 'Region', example: 'us-east-1', pattern: AWS_REGION_PATTERN },
  ],
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
  injection: [{ in: 'aws_sigv4', service: '{service}', region: '{region}' }],
  default_headers: {},
  verify: {
    method: 'POST',
    url: 'https://sts.{region}.amazonaws.com/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
    expect_status: [200],
    sign_as: { service: 'sts', region: '{region}' },
    verified: false,
  },
  docs_url: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html',
  verified: true,
  source_url: 'https://github.com/smithy-lang/smithy-typescript',
  source_kind: 'vendor_sdk',
  notes:
    'One service in one region; its endpoints are {service}.{region}.amazonaws.com, {service}.amazonaws.com and {service}.{region}.api.aws. Where the signing name differs from the endpoint (Bedrock, SES) use another template or your own rules. STS is allowed for the test call.',
});
