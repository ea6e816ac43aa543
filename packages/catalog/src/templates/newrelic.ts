/** The provider template "New Relic". Data only. */
import { defineTemplate } from '../template.ts';

export const newrelic = defineTemplate({
  id: 'newrelic',
  name: 'New Relic',
  category: 'monitoring',
  base_url: 'https://api.newrelic.com',
  base_urls: ['https://api.newrelic.com', 'https://api.eu.newrelic.com'],
  allowed_hosts: ['api.newrelic.com', 'api.eu.newrelic.com', 'api.jp.newrelic.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Api-Key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'POST',
    url: 'https://api.newrelic.com/graphql',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ actor { user { name } } }"}',
    expect_status: [200],
    expect_json: { pointer: '/data/actor/user/name', present: true },
    verified: true,
  },
  docs_url: 'https://docs.newrelic.com/docs/apis/nerdgraph/get-started/introduction-new-relic-nerdgraph/',
  verified: true,
  source_url: 'https://newrelic.com/info/nerdgraph-graphql-api-introduction',
  source_kind: 'vendor_docs',
  notes:
    'A user key (NRAK-...); Authorization: Bearer is not read. GraphQL: a policy has to look at the operation in the body, not only at the path.',
});
