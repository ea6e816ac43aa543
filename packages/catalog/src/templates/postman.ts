/** The provider template "Postman". Data only. */
import { defineTemplate } from '../template.ts';

export const postman = defineTemplate({
  id: 'postman',
  name: 'Postman',
  category: 'developer_tools',
  base_url: 'https://api.postman.com',
  base_urls: ['https://api.postman.com'],
  allowed_hosts: ['api.postman.com', 'api.getpostman.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'x-api-key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.postman.com/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://learning.postman.com/docs/developer/postman-api/authentication/',
  verified: true,
  source_url: 'https://github.com/postmanlabs/postman-mcp-server',
  source_kind: 'vendor_sdk',
  notes: '',
});
