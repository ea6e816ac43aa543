/** The provider template "ClickUp". Data only. */
import { defineTemplate } from '../template.ts';

export const clickup = defineTemplate({
  id: 'clickup',
  name: 'ClickUp',
  category: 'developer_tools',
  base_url: 'https://api.clickup.com/api/v2',
  base_urls: ['https://api.clickup.com/api/v2'],
  allowed_hosts: ['api.clickup.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.clickup.com/api/v2/user',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developer.clickup.com/docs/authentication',
  verified: true,
  source_url: 'https://developer.clickup.com/docs/authentication.md',
  source_kind: 'vendor_docs',
  notes: 'Personal tokens (pk_) raw.',
});
