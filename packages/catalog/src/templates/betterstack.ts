/** The provider template "Better Stack Uptime". Data only. */
import { defineTemplate } from '../template.ts';

export const betterstack = defineTemplate({
  id: 'betterstack',
  name: 'Better Stack Uptime',
  category: 'monitoring',
  base_url: 'https://uptime.betterstack.com/api/v2',
  base_urls: ['https://uptime.betterstack.com/api/v2'],
  allowed_hosts: ['uptime.betterstack.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://uptime.betterstack.com/api/v2/monitors?page=1',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://betterstack.com/docs/uptime/api/',
  verified: true,
  source_url: 'https://github.com/BetterStackHQ/terraform-provider-better-uptime',
  source_kind: 'vendor_sdk',
  notes: '',
});
