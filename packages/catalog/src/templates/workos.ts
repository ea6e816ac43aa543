/** The provider template "WorkOS". Data only. */
import { defineTemplate } from '../template.ts';

export const workos = defineTemplate({
  id: 'workos',
  name: 'WorkOS',
  category: 'developer_tools',
  base_url: 'https://api.workos.com',
  base_urls: ['https://api.workos.com'],
  allowed_hosts: ['api.workos.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.workos.com/organizations?limit=1',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://workos.com/docs/reference',
  verified: true,
  source_url: 'https://github.com/workos/workos-node',
  source_kind: 'vendor_sdk',
  notes: '',
});
