/** The provider template "OpenAI". Data only. */
import { defineTemplate } from '../template.ts';

export const openai = defineTemplate({
  id: 'openai',
  name: 'OpenAI',
  category: 'ai',
  base_url: 'https://api.openai.com/v1',
  base_urls: ['https://api.openai.com/v1'],
  allowed_hosts: ['api.openai.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.openai.com/v1/models',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://platform.openai.com/docs/api-reference/authentication',
  verified: true,
  source_url: 'https://github.com/openai/openai-openapi',
  source_kind: 'vendor_openapi',
  notes:
    'Optional headers OpenAI-Organization and OpenAI-Project belong to the client. Admin keys are separate keys.',
});
