/** The provider template "Vonage (Nexmo)". Data only. */
import { defineTemplate } from '../template.ts';

export const vonage = defineTemplate({
  id: 'vonage',
  name: 'Vonage (Nexmo)',
  category: 'communication',
  base_url: 'https://api.nexmo.com',
  base_urls: ['https://api.nexmo.com', 'https://rest.nexmo.com'],
  allowed_hosts: ['api.nexmo.com', 'rest.nexmo.com'],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'api_key', label: 'API key', secret: false },
    { name: 'api_secret', label: 'API secret', secret: true },
  ],
  injection: [{ in: 'basic', username: '{api_key}', password: '{api_secret}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://rest.nexmo.com/account/get-balance',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developer.vonage.com/en/getting-started/concepts/authentication',
  verified: true,
  source_url: 'https://github.com/Vonage/vonage-node-sdk',
  source_kind: 'vendor_sdk',
  notes: 'Voice and Messages use a JWT signed with a private key and are not covered.',
});
