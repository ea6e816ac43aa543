/** The provider template "EasyPost". Data only. */
import { defineTemplate } from '../template.ts';

export const easypost = defineTemplate({
  id: 'easypost',
  name: 'EasyPost',
  category: 'payments',
  base_url: 'https://api.easypost.com/v2',
  base_urls: ['https://api.easypost.com/v2'],
  allowed_hosts: ['api.easypost.com'],
  variables: [],
  credential_type: 'basic',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'basic', username: '{token}', password: '' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.easypost.com/v2/users',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.easypost.com/docs/authentication',
  verified: true,
  source_url: 'https://github.com/EasyPost/easypost-node',
  source_kind: 'vendor_sdk',
  notes: '',
});
