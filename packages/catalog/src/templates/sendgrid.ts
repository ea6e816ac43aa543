/** The provider template "Twilio SendGrid". Data only. */
import { defineTemplate } from '../template.ts';

export const sendgrid = defineTemplate({
  id: 'sendgrid',
  name: 'Twilio SendGrid',
  category: 'communication',
  base_url: 'https://api.sendgrid.com/v3',
  base_urls: ['https://api.sendgrid.com/v3', 'https://api.eu.sendgrid.com/v3'],
  allowed_hosts: ['api.sendgrid.com', 'api.eu.sendgrid.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.sendgrid.com/v3/scopes',
    expect_status: [200],
    verified: true,
  },
  docs_url:
    'https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/authentication',
  verified: true,
  source_url: 'https://github.com/twilio/sendgrid-oai',
  source_kind: 'vendor_openapi',
  notes: '',
});
