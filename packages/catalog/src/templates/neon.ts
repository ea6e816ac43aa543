/** The provider template "Neon". Data only. */
import { defineTemplate } from '../template.ts';

export const neon = defineTemplate({
  id: 'neon',
  name: 'Neon',
  category: 'developer_tools',
  base_url: 'https://console.neon.tech/api/v2',
  base_urls: ['https://console.neon.tech/api/v2'],
  allowed_hosts: ['console.neon.tech'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://console.neon.tech/api/v2/projects',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://neon.com/docs/reference/api/get-started',
  verified: true,
  source_url: 'https://neon.com/docs/reference/api/get-started',
  source_kind: 'vendor_docs',
  notes: 'With a personal key /projects may ask for org_id.',
});
