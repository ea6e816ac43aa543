/** The provider template "Brave Search". Data only. */
import { defineTemplate } from '../template.ts';

export const braveSearch = defineTemplate({
  id: 'brave_search',
  name: 'Brave Search',
  category: 'ai',
  base_url: 'https://api.search.brave.com/res/v1',
  base_urls: ['https://api.search.brave.com/res/v1'],
  allowed_hosts: ['api.search.brave.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'X-Subscription-Token', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.search.brave.com/res/v1/web/search?q=ping&count=1',
    expect_status: [200],
    counts_against_quota: true,
    verified: false,
  },
  docs_url: 'https://api-dashboard.search.brave.com/app/documentation',
  verified: true,
  source_url: 'https://github.com/brave/brave-search-mcp-server',
  source_kind: 'vendor_sdk',
  notes: '',
});
