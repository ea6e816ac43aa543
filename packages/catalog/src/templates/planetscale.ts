/** The provider template "PlanetScale". Data only. */
import { defineTemplate } from '../template.ts';

export const planetscale = defineTemplate({
  id: 'planetscale',
  name: 'PlanetScale',
  category: 'developer_tools',
  base_url: 'https://api.planetscale.com/v1',
  base_urls: ['https://api.planetscale.com/v1'],
  allowed_hosts: ['api.planetscale.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [
    { name: 'token_id', label: 'Service token ID', secret: false },
    { name: 'token', label: 'Service token', secret: true },
  ],
  injection: [{ in: 'header', name: 'Authorization', format: '{token_id}:{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.planetscale.com/v1/organizations',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://planetscale.com/docs/api/reference/service-tokens',
  verified: true,
  source_url: 'https://github.com/planetscale/planetscale-go',
  source_kind: 'vendor_sdk',
  notes: 'id:token raw, no scheme.',
});
