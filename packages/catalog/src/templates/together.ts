/** The provider template "Together AI". Data only. */
import { defineTemplate } from '../template.ts';

export const together = defineTemplate({
  id: 'together',
  name: 'Together AI',
  category: 'ai',
  base_url: 'https://api.together.ai/v1',
  base_urls: ['https://api.together.ai/v1'],
  allowed_hosts: ['api.together.ai', 'api.together.xyz'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.together.ai/v1/models',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.together.ai/reference/',
  verified: true,
  source_url: 'https://github.com/togethercomputer/openapi',
  source_kind: 'vendor_openapi',
  notes: 'api.together.xyz is the older host.',
});
