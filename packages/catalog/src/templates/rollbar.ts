/** The provider template "Rollbar". Data only. */
import { defineTemplate } from '../template.ts';

export const rollbar = defineTemplate({
  id: 'rollbar',
  name: 'Rollbar',
  category: 'monitoring',
  base_url: 'https://api.rollbar.com',
  base_urls: ['https://api.rollbar.com'],
  allowed_hosts: ['api.rollbar.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'X-Rollbar-Access-Token', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.rollbar.com/api/1/projects',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.rollbar.com/reference/getting-started-1',
  verified: true,
  source_url: 'https://github.com/rollbar/terraform-provider-rollbar',
  source_kind: 'vendor_sdk',
  notes: '/api/1/projects needs an account token; project tokens cannot list projects.',
});
