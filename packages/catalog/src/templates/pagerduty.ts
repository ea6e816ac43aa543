/** The provider template "PagerDuty". Data only. */
import { defineTemplate } from '../template.ts';

export const pagerduty = defineTemplate({
  id: 'pagerduty',
  name: 'PagerDuty',
  category: 'monitoring',
  base_url: 'https://api.pagerduty.com',
  base_urls: ['https://api.pagerduty.com'],
  allowed_hosts: ['api.pagerduty.com', 'api.eu.pagerduty.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Token token={token}' }],
  default_headers: { Accept: 'application/vnd.pagerduty+json;version=2' },
  verify: {
    method: 'GET',
    url: 'https://api.pagerduty.com/abilities',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developer.pagerduty.com/docs/authentication',
  verified: true,
  source_url: 'https://github.com/PagerDuty/api-schema',
  source_kind: 'vendor_openapi',
  notes:
    'The Events API v2 (events.pagerduty.com) takes a routing_key in the body instead. The EU host is unconfirmed.',
});
