/** The provider template "Netlify". Data only. */
import { defineTemplate } from '../template.ts';

export const netlify = defineTemplate({
  id: 'netlify',
  name: 'Netlify',
  category: 'developer_tools',
  base_url: 'https://api.netlify.com/api/v1',
  base_urls: ['https://api.netlify.com/api/v1'],
  allowed_hosts: ['api.netlify.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Personal access token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.netlify.com/api/v1/user',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.netlify.com/api/get-started/',
  verified: true,
  source_url: 'https://github.com/netlify/open-api',
  source_kind: 'vendor_openapi',
  notes: '',
});
