/** The provider template "Resend". Data only. */
import { defineTemplate } from '../template.ts';

export const resend = defineTemplate({
  id: 'resend',
  name: 'Resend',
  category: 'communication',
  base_url: 'https://api.resend.com',
  base_urls: ['https://api.resend.com'],
  allowed_hosts: ['api.resend.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.resend.com/domains',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://resend.com/docs/api-reference/introduction',
  verified: true,
  source_url: 'https://github.com/resend/resend-openapi',
  source_kind: 'vendor_openapi',
  notes: 'Sending-only keys cannot list domains (403 then means: key is valid).',
});
