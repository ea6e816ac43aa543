/** The provider template "Honeycomb". Data only. */
import { defineTemplate } from '../template.ts';

export const honeycomb = defineTemplate({
  id: 'honeycomb',
  name: 'Honeycomb',
  category: 'monitoring',
  base_url: 'https://api.honeycomb.io',
  base_urls: ['https://api.honeycomb.io', 'https://api.eu1.honeycomb.io'],
  allowed_hosts: ['api.honeycomb.io', 'api.eu1.honeycomb.io'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'X-Honeycomb-Team', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.honeycomb.io/1/auth',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.honeycomb.io/api/',
  verified: true,
  source_url: 'https://github.com/honeycombio/terraform-provider-honeycombio',
  source_kind: 'vendor_sdk',
  notes: 'The v2 management API uses Authorization: Bearer <key id>:<secret>.',
});
