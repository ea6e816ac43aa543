/** The provider template "HubSpot (private app)". Data only. */
import { defineTemplate } from '../template.ts';

export const hubspot = defineTemplate({
  id: 'hubspot',
  name: 'HubSpot (private app)',
  category: 'marketing',
  base_url: 'https://api.hubapi.com',
  base_urls: ['https://api.hubapi.com'],
  allowed_hosts: ['api.hubapi.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Private app token (pat-)', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.hubapi.com/account-info/v3/details',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developers.hubspot.com/docs/apps/legacy-apps/authentication/intro-to-auth',
  verified: true,
  source_url: 'https://github.com/HubSpot/hubspot-api-nodejs',
  source_kind: 'vendor_sdk',
  notes: 'EU portals use the same host.',
});
