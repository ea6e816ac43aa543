/** The provider template "Mux". Data only. */
import { defineTemplate } from '../template.ts';

export const mux = defineTemplate({
  id: 'mux',
  name: 'Mux',
  category: 'storage',
  base_url: 'https://api.mux.com',
  base_urls: ['https://api.mux.com'],
  allowed_hosts: ['api.mux.com'],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'token_id', label: 'Token ID', secret: false },
    { name: 'token_secret', label: 'Token secret', secret: true },
  ],
  injection: [{ in: 'basic', username: '{token_id}', password: '{token_secret}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.mux.com/video/v1/assets?limit=1',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://www.mux.com/docs/core/make-api-requests',
  verified: true,
  source_url: 'https://github.com/muxinc/mux-node-sdk',
  source_kind: 'vendor_sdk',
  notes: '',
});
