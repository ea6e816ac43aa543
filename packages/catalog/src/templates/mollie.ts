/** The provider template "Mollie". Data only. */
import { defineTemplate } from '../template.ts';

export const mollie = defineTemplate({
  id: 'mollie',
  name: 'Mollie',
  category: 'payments',
  base_url: 'https://api.mollie.com/v2',
  base_urls: ['https://api.mollie.com/v2'],
  allowed_hosts: ['api.mollie.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.mollie.com/v2/methods',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.mollie.com/reference/authentication',
  verified: true,
  source_url: 'https://github.com/mollie/mollie-api-node',
  source_kind: 'vendor_sdk',
  notes: '',
});
