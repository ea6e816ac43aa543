/** The provider template "DigitalOcean". Data only. */
import { defineTemplate } from '../template.ts';

export const digitalocean = defineTemplate({
  id: 'digitalocean',
  name: 'DigitalOcean',
  category: 'developer_tools',
  base_url: 'https://api.digitalocean.com',
  base_urls: ['https://api.digitalocean.com'],
  allowed_hosts: ['api.digitalocean.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.digitalocean.com/v2/account',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.digitalocean.com/reference/api/',
  verified: true,
  source_url: 'https://github.com/digitalocean/openapi',
  source_kind: 'vendor_openapi',
  notes: '',
});
