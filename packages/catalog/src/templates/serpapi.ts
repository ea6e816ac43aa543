/** The provider template "SerpApi". Data only. */
import { defineTemplate } from '../template.ts';

export const serpapi = defineTemplate({
  id: 'serpapi',
  name: 'SerpApi',
  category: 'ai',
  base_url: 'https://serpapi.com',
  base_urls: ['https://serpapi.com'],
  allowed_hosts: ['serpapi.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'query', name: 'api_key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://serpapi.com/account',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://serpapi.com/account-api',
  verified: true,
  source_url: 'https://github.com/serpapi/serpapi-javascript',
  source_kind: 'vendor_sdk',
  notes: 'The key travels in the query.',
});
