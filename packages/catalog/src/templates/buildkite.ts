/** The provider template "Buildkite". Data only. */
import { defineTemplate } from '../template.ts';

export const buildkite = defineTemplate({
  id: 'buildkite',
  name: 'Buildkite',
  category: 'developer_tools',
  base_url: 'https://api.buildkite.com/v2',
  base_urls: ['https://api.buildkite.com/v2'],
  allowed_hosts: ['api.buildkite.com', 'graphql.buildkite.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.buildkite.com/v2/access-token',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://buildkite.com/docs/apis/rest-api',
  verified: true,
  source_url: 'https://github.com/buildkite/docs',
  source_kind: 'vendor_docs',
  notes: '',
});
