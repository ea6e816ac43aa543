/** The provider template "GoCardless". Data only. */
import { defineTemplate } from '../template.ts';

export const gocardless = defineTemplate({
  id: 'gocardless',
  name: 'GoCardless',
  category: 'payments',
  base_url: 'https://api.gocardless.com',
  base_urls: ['https://api.gocardless.com', 'https://api-sandbox.gocardless.com'],
  allowed_hosts: ['api.gocardless.com', 'api-sandbox.gocardless.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Access token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: { 'GoCardless-Version': '2015-07-06' },
  verify: {
    method: 'GET',
    url: 'https://api.gocardless.com/creditors?limit=1',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developer.gocardless.com/api-reference/',
  verified: true,
  source_url: 'https://github.com/gocardless/gocardless-nodejs',
  source_kind: 'vendor_sdk',
  notes: '',
});
