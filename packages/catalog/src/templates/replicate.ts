/** The provider template "Replicate". Data only. */
import { defineTemplate } from '../template.ts';

export const replicate = defineTemplate({
  id: 'replicate',
  name: 'Replicate',
  category: 'ai',
  base_url: 'https://api.replicate.com/v1',
  base_urls: ['https://api.replicate.com/v1'],
  allowed_hosts: ['api.replicate.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.replicate.com/v1/account',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://replicate.com/docs/reference/http#authentication',
  verified: true,
  source_url: 'https://github.com/replicate/replicate-javascript',
  source_kind: 'vendor_sdk',
  notes: '',
});
