/** The provider template "ElevenLabs". Data only. */
import { defineTemplate } from '../template.ts';

export const elevenlabs = defineTemplate({
  id: 'elevenlabs',
  name: 'ElevenLabs',
  category: 'ai',
  base_url: 'https://api.elevenlabs.io',
  base_urls: ['https://api.elevenlabs.io'],
  allowed_hosts: ['api.elevenlabs.io'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'xi-api-key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.elevenlabs.io/v1/user',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://elevenlabs.io/docs/api-reference/authentication',
  verified: true,
  source_url:
    'https://github.com/elevenlabs/elevenlabs-docs/blob/main/fern/api-reference/pages/authentication.mdx',
  source_kind: 'vendor_docs',
  notes: '',
});
