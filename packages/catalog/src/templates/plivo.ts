/** The provider template "Plivo". Data only. */
import { defineTemplate } from '../template.ts';

export const plivo = defineTemplate({
  id: 'plivo',
  name: 'Plivo',
  category: 'communication',
  base_url: 'https://api.plivo.com/v1/Account/{auth_id}',
  base_urls: ['https://api.plivo.com/v1/Account/{auth_id}'],
  allowed_hosts: ['api.plivo.com'],
  variables: [],
  credential_type: 'basic',
  fields: [
    {
      name: 'auth_id',
      label: 'Auth ID',
      secret: false,
      address: { example: 'MAXXXXXXXXXXXXXXXXXX', pattern: '^[A-Za-z0-9]{1,64}$' },
    },
    { name: 'auth_token', label: 'Auth token', secret: true },
  ],
  injection: [{ in: 'basic', username: '{auth_id}', password: '{auth_token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.plivo.com/v1/Account/{auth_id}/',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://www.plivo.com/docs/',
  verified: true,
  source_url: 'https://github.com/plivo/plivo-node',
  source_kind: 'vendor_sdk',
  notes: '',
});
