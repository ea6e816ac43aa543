/** The provider template "Figma". Data only. */
import { defineTemplate } from '../template.ts';

export const figma = defineTemplate({
  id: 'figma',
  name: 'Figma',
  category: 'developer_tools',
  base_url: 'https://api.figma.com',
  base_urls: ['https://api.figma.com'],
  allowed_hosts: ['api.figma.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'X-Figma-Token', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.figma.com/v1/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.figma.com/docs/rest-api/authentication/',
  verified: true,
  source_url: 'https://github.com/figma/rest-api-spec',
  source_kind: 'vendor_openapi',
  notes: '',
});
