/** The provider template "AssemblyAI". Data only. */
import { defineTemplate } from '../template.ts';

export const assemblyai = defineTemplate({
  id: 'assemblyai',
  name: 'AssemblyAI',
  category: 'ai',
  base_url: 'https://api.assemblyai.com',
  base_urls: ['https://api.assemblyai.com'],
  allowed_hosts: ['api.assemblyai.com', 'api.eu.assemblyai.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.assemblyai.com/v2/transcript?limit=1',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://www.assemblyai.com/docs/api-reference/overview',
  verified: true,
  source_url: 'https://github.com/AssemblyAI/assemblyai-api-spec',
  source_kind: 'vendor_openapi',
  notes: 'The raw key, without a scheme. The EU host is unconfirmed.',
});
