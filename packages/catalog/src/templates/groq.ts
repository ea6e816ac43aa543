/** The provider template "Groq". Data only. */
import { defineTemplate } from '../template.ts';

export const groq = defineTemplate({
  id: 'groq',
  name: 'Groq',
  category: 'ai',
  base_url: 'https://api.groq.com/openai/v1',
  base_urls: ['https://api.groq.com/openai/v1'],
  allowed_hosts: ['api.groq.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.groq.com/openai/v1/models',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://console.groq.com/docs/api-reference',
  verified: true,
  source_url: 'https://github.com/groq/groq-typescript',
  source_kind: 'vendor_sdk',
  notes: '',
});
