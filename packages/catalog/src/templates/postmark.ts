/** The provider template "Postmark". Data only. */
import { defineTemplate } from '../template.ts';

export const postmark = defineTemplate({
  id: 'postmark',
  name: 'Postmark',
  category: 'communication',
  base_url: 'https://api.postmarkapp.com',
  base_urls: ['https://api.postmarkapp.com'],
  allowed_hosts: ['api.postmarkapp.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'X-Postmark-Server-Token', format: '{token}' }],
  default_headers: { Accept: 'application/json' },
  verify: {
    method: 'GET',
    url: 'https://api.postmarkapp.com/server',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://postmarkapp.com/developer/api/overview',
  verified: true,
  source_url: 'https://github.com/ActiveCampaign/postmark.js',
  source_kind: 'vendor_sdk',
  notes: 'Account API uses X-Postmark-Account-Token.',
});
