/** The provider template "monday.com". Data only. */
import { defineTemplate } from '../template.ts';

export const monday = defineTemplate({
  id: 'monday',
  name: 'monday.com',
  category: 'developer_tools',
  base_url: 'https://api.monday.com/v2',
  base_urls: ['https://api.monday.com/v2'],
  allowed_hosts: ['api.monday.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'POST',
    url: 'https://api.monday.com/v2',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ me { id } }"}',
    expect_status: [200],
    expect_json: { pointer: '/data/me/id', present: true },
    verified: false,
  },
  docs_url: 'https://developer.monday.com/api-reference/docs/authentication',
  verified: true,
  source_url: 'https://github.com/mondaycom/monday-graphql-api',
  source_kind: 'vendor_sdk',
  notes: 'Raw token. API-Version header optional (quarterly).',
});
