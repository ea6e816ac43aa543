/** The provider template "Google Gemini API". Data only. */
import { defineTemplate } from '../template.ts';

export const gemini = defineTemplate({
  id: 'gemini',
  name: 'Google Gemini API',
  category: 'ai',
  base_url: 'https://generativelanguage.googleapis.com',
  base_urls: ['https://generativelanguage.googleapis.com'],
  allowed_hosts: ['generativelanguage.googleapis.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'x-goog-api-key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://generativelanguage.googleapis.com/v1beta/models',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://ai.google.dev/gemini-api/docs/api-key',
  verified: true,
  source_url: 'https://github.com/googleapis/js-genai/blob/main/src/_api_client.ts',
  source_kind: 'vendor_sdk',
  notes: 'The key also works as ?key=; prefer the header, it stays out of logs.',
});
