/** The provider template "MessageBird (legacy REST)". Data only. */
import { defineTemplate } from '../template.ts';

export const messagebird = defineTemplate({
  id: 'messagebird',
  name: 'MessageBird (legacy REST)',
  category: 'communication',
  base_url: 'https://rest.messagebird.com',
  base_urls: ['https://rest.messagebird.com'],
  allowed_hosts: ['rest.messagebird.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'AccessKey {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://rest.messagebird.com/balance',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.messagebird.com/api/',
  verified: true,
  source_url: 'https://github.com/messagebird/messagebird-nodejs',
  source_kind: 'vendor_sdk',
  notes: 'The company is Bird now; this is the legacy REST API.',
});
