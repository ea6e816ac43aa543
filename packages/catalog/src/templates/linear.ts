/** The provider template "Linear". Data only. */
import { defineTemplate } from '../template.ts';

export const linear = defineTemplate({
  id: 'linear',
  name: 'Linear',
  category: 'developer_tools',
  base_url: 'https://api.linear.app/graphql',
  base_urls: ['https://api.linear.app/graphql'],
  allowed_hosts: ['api.linear.app'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'POST',
    url: 'https://api.linear.app/graphql',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ viewer { id } }"}',
    expect_status: [200],
    expect_json: { pointer: '/data/viewer/id', present: true },
    verified: true,
  },
  docs_url: 'https://linear.app/developers/graphql#authentication',
  verified: true,
  source_url: 'https://github.com/linear/linear/blob/master/packages/sdk/src/client.ts',
  source_kind: 'vendor_sdk',
  notes: 'Personal API key raw; OAuth tokens use Bearer.',
});
