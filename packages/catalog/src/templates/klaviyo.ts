/** The provider template "Klaviyo". Data only. */
import { defineTemplate } from '../template.ts';

export const klaviyo = defineTemplate({
  id: 'klaviyo',
  name: 'Klaviyo',
  category: 'marketing',
  base_url: 'https://a.klaviyo.com',
  base_urls: ['https://a.klaviyo.com'],
  allowed_hosts: ['a.klaviyo.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Klaviyo-API-Key {token}' }],
  default_headers: { revision: '2026-07-15' },
  verify: {
    method: 'GET',
    url: 'https://a.klaviyo.com/api/accounts',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.klaviyo.com/en/reference/api_overview#authentication',
  verified: true,
  source_url: 'https://github.com/klaviyo/openapi',
  source_kind: 'vendor_openapi',
  notes: 'The revision header is required: a date, here 2026-07-15.',
});
