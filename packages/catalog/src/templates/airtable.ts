/** The provider template "Airtable". Data only. */
import { defineTemplate } from '../template.ts';

export const airtable = defineTemplate({
  id: 'airtable',
  name: 'Airtable',
  category: 'developer_tools',
  base_url: 'https://api.airtable.com/v0',
  base_urls: ['https://api.airtable.com/v0'],
  allowed_hosts: ['api.airtable.com', 'content.airtable.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Personal access token (pat)', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.airtable.com/v0/meta/whoami',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://airtable.com/developers/web/api/authentication',
  verified: true,
  source_url: 'https://github.com/Airtable/airtable.js',
  source_kind: 'vendor_sdk',
  notes: '',
});
