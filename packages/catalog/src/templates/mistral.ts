/** The provider template "Mistral AI". Data only. */
import { defineTemplate } from '../template.ts';

export const mistral = defineTemplate({
  id: 'mistral',
  name: 'Mistral AI',
  category: 'ai',
  base_url: 'https://api.mistral.ai/v1',
  base_urls: ['https://api.mistral.ai/v1'],
  allowed_hosts: ['api.mistral.ai'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.mistral.ai/v1/models',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.mistral.ai/api/',
  verified: true,
  source_url: 'https://github.com/mistralai/client-ts',
  source_kind: 'vendor_sdk',
  notes: '',
});
