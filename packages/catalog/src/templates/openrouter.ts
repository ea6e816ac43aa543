/** The provider template "OpenRouter". Data only. */
import { defineTemplate } from '../template.ts';

export const openrouter = defineTemplate({
  id: 'openrouter',
  name: 'OpenRouter',
  category: 'ai',
  base_url: 'https://openrouter.ai/api/v1',
  base_urls: ['https://openrouter.ai/api/v1'],
  allowed_hosts: ['openrouter.ai'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://openrouter.ai/api/v1/key',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://openrouter.ai/docs/api-reference/authentication',
  verified: true,
  source_url: 'https://github.com/OpenRouterTeam/typescript-sdk',
  source_kind: 'vendor_openapi',
  notes: '',
});
