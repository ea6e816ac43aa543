/** The provider template "Doppler". Data only. */
import { defineTemplate } from '../template.ts';

export const doppler = defineTemplate({
  id: 'doppler',
  name: 'Doppler',
  category: 'developer_tools',
  base_url: 'https://api.doppler.com',
  base_urls: ['https://api.doppler.com'],
  allowed_hosts: ['api.doppler.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.doppler.com/v3/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.doppler.com/reference/api',
  verified: true,
  source_url: 'https://github.com/DopplerHQ/cli',
  source_kind: 'vendor_sdk',
  notes: '',
});
