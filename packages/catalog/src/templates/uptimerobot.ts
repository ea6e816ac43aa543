/** The provider template "UptimeRobot (v3)". Data only. */
import { defineTemplate } from '../template.ts';

export const uptimerobot = defineTemplate({
  id: 'uptimerobot',
  name: 'UptimeRobot (v3)',
  category: 'monitoring',
  base_url: 'https://api.uptimerobot.com/v3',
  base_urls: ['https://api.uptimerobot.com/v3'],
  allowed_hosts: ['api.uptimerobot.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.uptimerobot.com/v3/monitors',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://uptimerobot.com/api/v3/',
  verified: true,
  source_url: 'https://github.com/uptimerobot/terraform-provider-uptimerobot',
  source_kind: 'vendor_sdk',
  notes: '',
});
