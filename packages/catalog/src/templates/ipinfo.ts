/** The provider template "IPinfo". Data only. */
import { defineTemplate } from '../template.ts';

export const ipinfo = defineTemplate({
  id: 'ipinfo',
  name: 'IPinfo',
  category: 'data',
  base_url: 'https://api.ipinfo.io',
  base_urls: ['https://api.ipinfo.io'],
  allowed_hosts: ['api.ipinfo.io', 'ipinfo.io'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.ipinfo.io/lite/me',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://ipinfo.io/developers',
  verified: true,
  source_url: 'https://github.com/ipinfo/node',
  source_kind: 'vendor_sdk',
  notes: '',
});
