/** The provider template "Cloudflare (API token)". Data only. */
import { defineTemplate } from '../template.ts';

export const cloudflare = defineTemplate({
  id: 'cloudflare',
  name: 'Cloudflare (API token)',
  category: 'developer_tools',
  base_url: 'https://api.cloudflare.com/client/v4',
  base_urls: ['https://api.cloudflare.com/client/v4'],
  allowed_hosts: ['api.cloudflare.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.cloudflare.com/client/v4/user/tokens/verify',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.cloudflare.com/fundamentals/api/get-started/create-token/',
  verified: true,
  source_url: 'https://github.com/cloudflare/cloudflare-typescript',
  source_kind: 'vendor_sdk',
  notes: 'Account-owned tokens verify at /accounts/{account_id}/tokens/verify.',
});
