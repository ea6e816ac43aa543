/** The provider template "Pingdom". Data only. */
import { defineTemplate } from '../template.ts';

export const pingdom = defineTemplate({
  id: 'pingdom',
  name: 'Pingdom',
  category: 'monitoring',
  base_url: 'https://api.pingdom.com/api/3.1',
  base_urls: ['https://api.pingdom.com/api/3.1'],
  allowed_hosts: ['api.pingdom.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.pingdom.com/api/3.1/checks?limit=1',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.pingdom.com/api/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: '',
});
