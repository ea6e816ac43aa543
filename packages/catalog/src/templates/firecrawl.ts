/** The provider template "Firecrawl". Data only. */
import { defineTemplate } from '../template.ts';

export const firecrawl = defineTemplate({
  id: 'firecrawl',
  name: 'Firecrawl',
  category: 'ai',
  base_url: 'https://api.firecrawl.dev',
  base_urls: ['https://api.firecrawl.dev'],
  allowed_hosts: ['api.firecrawl.dev'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.firecrawl.dev/v2/team/credit-usage',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.firecrawl.dev/api-reference/introduction',
  verified: true,
  source_url: 'https://github.com/firecrawl/firecrawl-docs',
  source_kind: 'vendor_docs',
  notes: '',
});
