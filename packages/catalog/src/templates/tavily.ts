/** The provider template "Tavily". Data only. */
import { defineTemplate } from '../template.ts';

export const tavily = defineTemplate({
  id: 'tavily',
  name: 'Tavily',
  category: 'ai',
  base_url: 'https://api.tavily.com',
  base_urls: ['https://api.tavily.com'],
  allowed_hosts: ['api.tavily.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.tavily.com/usage',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.tavily.com/documentation/api-reference/introduction',
  verified: true,
  source_url: 'https://github.com/tavily-ai/tavily-python',
  source_kind: 'vendor_sdk',
  notes: '',
});
