/** The provider template "Mailgun". Data only. */
import { defineTemplate } from '../template.ts';

export const mailgun = defineTemplate({
  id: 'mailgun',
  name: 'Mailgun',
  category: 'communication',
  base_url: 'https://api.mailgun.net',
  base_urls: ['https://api.mailgun.net', 'https://api.eu.mailgun.net'],
  allowed_hosts: ['api.mailgun.net', 'api.eu.mailgun.net'],
  variables: [],
  credential_type: 'basic',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'basic', username: 'api', password: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.mailgun.net/v4/domains?limit=1',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth',
  verified: true,
  source_url: 'https://github.com/mailgun/mailgun.js',
  source_kind: 'vendor_sdk',
  notes: '',
});
