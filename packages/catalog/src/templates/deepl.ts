/** The provider template "DeepL". Data only. */
import { defineTemplate } from '../template.ts';

export const deepl = defineTemplate({
  id: 'deepl',
  name: 'DeepL',
  category: 'data',
  base_url: 'https://api.deepl.com',
  base_urls: ['https://api.deepl.com', 'https://api-free.deepl.com'],
  allowed_hosts: ['api.deepl.com', 'api-free.deepl.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'DeepL-Auth-Key {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.deepl.com/v2/usage',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.deepl.com/docs/getting-started/auth',
  verified: true,
  source_url: 'https://github.com/DeepLcom/openapi',
  source_kind: 'vendor_openapi',
  notes: 'Keys ending in :fx belong to api-free.deepl.com.',
});
