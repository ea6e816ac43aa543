/** The provider template "Plaid". Data only. */
import { defineTemplate } from '../template.ts';

export const plaid = defineTemplate({
  id: 'plaid',
  name: 'Plaid',
  category: 'payments',
  base_url: 'https://production.plaid.com',
  base_urls: ['https://production.plaid.com', 'https://sandbox.plaid.com'],
  allowed_hosts: ['production.plaid.com', 'sandbox.plaid.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [
    { name: 'client_id', label: 'Client ID', secret: false },
    { name: 'secret', label: 'Secret', secret: true },
  ],
  injection: [
    { in: 'header', name: 'PLAID-CLIENT-ID', format: '{client_id}' },
    { in: 'header', name: 'PLAID-SECRET', format: '{secret}' },
  ],
  default_headers: { 'Plaid-Version': '2020-09-14' },
  verify: {
    method: 'POST',
    url: 'https://production.plaid.com/institutions/get',
    headers: { 'content-type': 'application/json' },
    body: '{"count":1,"offset":0,"country_codes":["US"]}',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://plaid.com/docs/api/',
  verified: true,
  source_url: 'https://github.com/plaid/plaid-openapi',
  source_kind: 'vendor_openapi',
  notes: 'The test call goes to production; sandbox secrets fail there.',
});
