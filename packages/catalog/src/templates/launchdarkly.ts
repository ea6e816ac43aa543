/** The provider template "LaunchDarkly". Data only. */
import { defineTemplate } from '../template.ts';

export const launchdarkly = defineTemplate({
  id: 'launchdarkly',
  name: 'LaunchDarkly',
  category: 'developer_tools',
  base_url: 'https://app.launchdarkly.com',
  base_urls: ['https://app.launchdarkly.com'],
  allowed_hosts: ['app.launchdarkly.com', 'app.eu.launchdarkly.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://app.launchdarkly.com/api/v2/caller-identity',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://launchdarkly.com/docs/api',
  verified: true,
  source_url: 'https://github.com/launchdarkly/api-client-go',
  source_kind: 'vendor_sdk',
  notes: 'The raw access token, without a scheme. The EU host is unconfirmed.',
});
