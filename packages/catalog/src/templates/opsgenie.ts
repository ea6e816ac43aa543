/** The provider template "Opsgenie". Data only. */
import { defineTemplate } from '../template.ts';

export const opsgenie = defineTemplate({
  id: 'opsgenie',
  name: 'Opsgenie',
  category: 'monitoring',
  base_url: 'https://api.opsgenie.com',
  base_urls: ['https://api.opsgenie.com', 'https://api.eu.opsgenie.com'],
  allowed_hosts: ['api.opsgenie.com', 'api.eu.opsgenie.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'GenieKey {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.opsgenie.com/v2/account',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.opsgenie.com/docs/',
  verified: true,
  source_url: 'https://github.com/opsgenie/opsgenie-oas',
  source_kind: 'vendor_openapi',
  notes: 'Legacy: Atlassian has announced the end of support.',
});
