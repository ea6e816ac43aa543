/** The provider template "Vercel". Data only. */
import { defineTemplate } from '../template.ts';

export const vercel = defineTemplate({
  id: 'vercel',
  name: 'Vercel',
  category: 'developer_tools',
  base_url: 'https://api.vercel.com',
  base_urls: ['https://api.vercel.com'],
  allowed_hosts: ['api.vercel.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.vercel.com/v2/user',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://vercel.com/docs/rest-api',
  verified: true,
  source_url: 'https://github.com/vercel/sdk',
  source_kind: 'vendor_sdk',
  notes: '',
});
