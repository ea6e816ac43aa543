/** The provider template "Brevo". Data only. */
import { defineTemplate } from '../template.ts';

export const brevo = defineTemplate({
  id: 'brevo',
  name: 'Brevo',
  category: 'communication',
  base_url: 'https://api.brevo.com/v3',
  base_urls: ['https://api.brevo.com/v3'],
  allowed_hosts: ['api.brevo.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'api-key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.brevo.com/v3/account',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.brevo.com/docs/getting-started',
  verified: true,
  source_url: 'https://github.com/getbrevo/brevo-node',
  source_kind: 'vendor_sdk',
  notes: '',
});
