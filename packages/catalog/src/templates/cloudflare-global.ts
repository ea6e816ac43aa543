/** The provider template "Cloudflare (global API key)". Data only. */
import { defineTemplate } from '../template.ts';

export const cloudflareGlobal = defineTemplate({
  id: 'cloudflare_global',
  name: 'Cloudflare (global API key)',
  category: 'developer_tools',
  base_url: 'https://api.cloudflare.com/client/v4',
  base_urls: ['https://api.cloudflare.com/client/v4'],
  allowed_hosts: ['api.cloudflare.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [
    { name: 'email', label: 'Account e-mail', secret: false },
    { name: 'api_key', label: 'Global API key', secret: true },
  ],
  injection: [
    { in: 'header', name: 'X-Auth-Key', format: '{api_key}' },
    { in: 'header', name: 'X-Auth-Email', format: '{email}' },
  ],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.cloudflare.com/client/v4/user',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developers.cloudflare.com/fundamentals/api/get-started/keys/',
  verified: true,
  source_url: 'https://github.com/cloudflare/cloudflare-typescript',
  source_kind: 'vendor_sdk',
  notes: 'Legacy: warn and recommend a token.',
});
