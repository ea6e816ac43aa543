/** The provider template "Lob". Data only. */
import { defineTemplate } from '../template.ts';

export const lob = defineTemplate({
  id: 'lob',
  name: 'Lob',
  category: 'payments',
  base_url: 'https://api.lob.com/v1',
  base_urls: ['https://api.lob.com/v1'],
  allowed_hosts: ['api.lob.com'],
  variables: [],
  credential_type: 'basic',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'basic', username: '{token}', password: '' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.lob.com/v1/addresses?limit=1',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.lob.com/#tag/Authentication',
  verified: true,
  source_url: 'https://github.com/lob/lob-openapi',
  source_kind: 'vendor_openapi',
  notes: '',
});
