/** The provider template "xAI". Data only. */
import { defineTemplate } from '../template.ts';

export const xai = defineTemplate({
  id: 'xai',
  name: 'xAI',
  category: 'ai',
  base_url: 'https://api.x.ai/v1',
  base_urls: ['https://api.x.ai/v1'],
  allowed_hosts: ['api.x.ai', 'management-api.x.ai'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.x.ai/v1/models',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.x.ai/docs/api-reference',
  verified: true,
  source_url: 'https://github.com/xai-org/xai-sdk-python',
  source_kind: 'vendor_sdk',
  notes: '',
});
