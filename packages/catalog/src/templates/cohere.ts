/** The provider template "Cohere". Data only. */
import { defineTemplate } from '../template.ts';

export const cohere = defineTemplate({
  id: 'cohere',
  name: 'Cohere',
  category: 'ai',
  base_url: 'https://api.cohere.com',
  base_urls: ['https://api.cohere.com'],
  allowed_hosts: ['api.cohere.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.cohere.com/v1/models',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.cohere.com/reference/list-models',
  verified: true,
  source_url: 'https://github.com/cohere-ai/cohere-developer-experience/blob/main/cohere-openapi.yaml',
  source_kind: 'vendor_openapi',
  notes: 'POST /v1/check-api-key also exists.',
});
