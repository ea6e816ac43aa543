/** The provider template "Pipedrive". Data only. */
import { defineTemplate } from '../template.ts';

export const pipedrive = defineTemplate({
  id: 'pipedrive',
  name: 'Pipedrive',
  category: 'marketing',
  base_url: 'https://api.pipedrive.com/v1',
  base_urls: ['https://api.pipedrive.com/v1'],
  allowed_hosts: ['api.pipedrive.com', '**.pipedrive.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'x-api-token', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.pipedrive.com/v1/users/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.pipedrive.com/docs/api/v1',
  verified: true,
  source_url: 'https://github.com/pipedrive/client-nodejs',
  source_kind: 'vendor_sdk',
  notes: '',
});
