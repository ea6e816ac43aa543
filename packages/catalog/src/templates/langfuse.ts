/** The provider template "Langfuse". Data only. */
import { defineTemplate } from '../template.ts';

export const langfuse = defineTemplate({
  id: 'langfuse',
  name: 'Langfuse',
  category: 'ai',
  base_url: 'https://cloud.langfuse.com',
  base_urls: ['https://cloud.langfuse.com', 'https://us.cloud.langfuse.com'],
  allowed_hosts: [
    'cloud.langfuse.com',
    'us.cloud.langfuse.com',
    'jp.cloud.langfuse.com',
    'hipaa.cloud.langfuse.com',
  ],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'public_key', label: 'Public key', secret: false },
    { name: 'secret_key', label: 'Secret key', secret: true },
  ],
  injection: [{ in: 'basic', username: '{public_key}', password: '{secret_key}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://cloud.langfuse.com/api/public/projects',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://langfuse.com/docs/api-and-data-platform/features/public-api',
  verified: true,
  source_url: 'https://github.com/langfuse/langfuse-js',
  source_kind: 'vendor_sdk',
  notes: '',
});
