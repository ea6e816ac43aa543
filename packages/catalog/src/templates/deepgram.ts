/** The provider template "Deepgram". Data only. */
import { defineTemplate } from '../template.ts';

export const deepgram = defineTemplate({
  id: 'deepgram',
  name: 'Deepgram',
  category: 'ai',
  base_url: 'https://api.deepgram.com',
  base_urls: ['https://api.deepgram.com', 'https://agent.deepgram.com'],
  allowed_hosts: ['api.deepgram.com', 'agent.deepgram.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Token {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.deepgram.com/v1/projects',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.deepgram.com/guides/fundamentals/authenticating',
  verified: true,
  source_url: 'https://github.com/deepgram/deepgram-api-specs',
  source_kind: 'vendor_openapi',
  notes: 'Short-lived JWTs use Bearer.',
});
