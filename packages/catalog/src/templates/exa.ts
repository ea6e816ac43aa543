/** The provider template "Exa". Data only. */
import { defineTemplate } from '../template.ts';

export const exa = defineTemplate({
  id: 'exa',
  name: 'Exa',
  category: 'ai',
  base_url: 'https://api.exa.ai',
  base_urls: ['https://api.exa.ai'],
  allowed_hosts: ['api.exa.ai'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'x-api-key', format: '{token}' }],
  default_headers: {},
  verify: null,
  docs_url: 'https://docs.exa.ai/reference/getting-started',
  verified: true,
  source_url: 'https://github.com/exa-labs/openapi-spec',
  source_kind: 'vendor_openapi',
  notes: 'Bearer also accepted. No free read-only call found.',
});
