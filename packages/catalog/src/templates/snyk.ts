/** The provider template "Snyk". Data only. */
import { defineTemplate } from '../template.ts';

export const snyk = defineTemplate({
  id: 'snyk',
  name: 'Snyk',
  category: 'developer_tools',
  base_url: 'https://api.snyk.io',
  base_urls: ['https://api.snyk.io', 'https://api.eu.snyk.io', 'https://api.au.snyk.io'],
  allowed_hosts: ['api.snyk.io', 'api.us.snyk.io', 'api.eu.snyk.io', 'api.au.snyk.io'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'token {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.snyk.io/rest/self?version=2024-06-10',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.snyk.io/developer-tools/snyk-api/authentication-for-api',
  verified: true,
  source_url: 'https://github.com/snyk/user-docs',
  source_kind: 'vendor_docs',
  notes: 'The us, eu and au hosts are unconfirmed.',
});
