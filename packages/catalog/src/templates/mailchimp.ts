/** The provider template "Mailchimp Marketing". Data only. */
import { defineTemplate } from '../template.ts';

export const mailchimp = defineTemplate({
  id: 'mailchimp',
  name: 'Mailchimp Marketing',
  category: 'marketing',
  base_url: 'https://{dc}.api.mailchimp.com/3.0',
  base_urls: ['https://{dc}.api.mailchimp.com/3.0'],
  allowed_hosts: ['{dc}.api.mailchimp.com'],
  variables: [{ name: 'dc', label: 'Data center', example: 'us19', pattern: '^[a-z]{2}[0-9]{1,3}$' }],
  credential_type: 'basic',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'basic', username: 'anystring', password: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{dc}.api.mailchimp.com/3.0/ping',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://mailchimp.com/developer/marketing/docs/fundamentals/#authentication',
  verified: true,
  source_url: 'https://github.com/mailchimp/mailchimp-marketing-node',
  source_kind: 'vendor_sdk',
  notes:
    'The data center is the part of the key after the last dash, for example us19. The user name can be any string.',
});
