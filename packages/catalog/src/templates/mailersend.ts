/** The provider template "MailerSend". Data only. */
import { defineTemplate } from '../template.ts';

export const mailersend = defineTemplate({
  id: 'mailersend',
  name: 'MailerSend',
  category: 'communication',
  base_url: 'https://api.mailersend.com/v1',
  base_urls: ['https://api.mailersend.com/v1'],
  allowed_hosts: ['api.mailersend.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.mailersend.com/v1/domains?limit=10',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.mailersend.com/',
  verified: true,
  source_url: 'https://github.com/mailersend/mailersend-nodejs',
  source_kind: 'vendor_sdk',
  notes: '',
});
