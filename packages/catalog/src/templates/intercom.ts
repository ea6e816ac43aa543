/** The provider template "Intercom". Data only. */
import { defineTemplate } from '../template.ts';

export const intercom = defineTemplate({
  id: 'intercom',
  name: 'Intercom',
  category: 'communication',
  base_url: 'https://api.intercom.io',
  base_urls: ['https://api.intercom.io', 'https://api.eu.intercom.io', 'https://api.au.intercom.io'],
  allowed_hosts: ['api.intercom.io', 'api.eu.intercom.io', 'api.au.intercom.io'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Access token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: { Accept: 'application/json' },
  verify: {
    method: 'GET',
    url: 'https://api.intercom.io/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.intercom.com/docs/build-an-integration/learn-more/authentication',
  verified: true,
  source_url: 'https://github.com/intercom/Intercom-OpenAPI',
  source_kind: 'vendor_openapi',
  notes: '',
});
