/** The provider template "Atlassian Statuspage". Data only. */
import { defineTemplate } from '../template.ts';

export const statuspage = defineTemplate({
  id: 'statuspage',
  name: 'Atlassian Statuspage',
  category: 'monitoring',
  base_url: 'https://api.statuspage.io/v1',
  base_urls: ['https://api.statuspage.io/v1'],
  allowed_hosts: ['api.statuspage.io'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'OAuth {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.statuspage.io/v1/pages',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developer.statuspage.io/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: '',
});
