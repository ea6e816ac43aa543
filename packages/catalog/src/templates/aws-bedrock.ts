/** The provider template "Amazon Bedrock". Data only. */
import { AWS_REGION_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const awsBedrock = defineTemplate({
  id: 'aws_bedrock',
  name: 'Amazon Bedrock',
  category: 'ai',
  base_url: 'https://bedrock-runtime.{region}.amazonaws.com',
  base_urls: ['https://bedrock-runtime.{region}.amazonaws.com'],
  allowed_hosts: ['bedrock-runtime.{region}.amazonaws.com', 'bedrock.{region}.amazonaws.com'],
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
  injection: [{ in: 'aws_sigv4', service: 'bedrock', region: '{region}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://bedrock.{region}.amazonaws.com/foundation-models',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: 'The signing name is bedrock for both hosts.',
});
