/** The provider template "Asana". Data only. */
import { defineTemplate } from '../template.ts';

export const asana = defineTemplate({
  id: 'asana',
  name: 'Asana',
  category: 'developer_tools',
  base_url: 'https://app.asana.com/api/1.0',
  base_urls: ['https://app.asana.com/api/1.0'],
  allowed_hosts: ['app.asana.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Personal access token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://app.asana.com/api/1.0/users/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.asana.com/docs/personal-access-token',
  verified: true,
  source_url: 'https://github.com/Asana/openapi',
  source_kind: 'vendor_openapi',
  notes: '',
});
