/** The provider template "Zendesk". Data only. */
import { LABEL_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const zendesk = defineTemplate({
  id: 'zendesk',
  name: 'Zendesk',
  category: 'communication',
  base_url: 'https://{subdomain}.zendesk.com',
  base_urls: ['https://{subdomain}.zendesk.com'],
  allowed_hosts: ['{subdomain}.zendesk.com'],
  variables: [{ name: 'subdomain', label: 'Subdomain', example: 'acme', pattern: LABEL_PATTERN }],
  credential_type: 'basic',
  fields: [
    { name: 'email', label: 'Agent e-mail', secret: false },
    { name: 'token', label: 'API token', secret: true },
  ],
  injection: [{ in: 'basic', username: '{email}/token', password: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{subdomain}.zendesk.com/api/v2/users/me.json',
    expect_status: [200],
    expect_json: { pointer: '/user/id', present: true },
    verified: false,
  },
  docs_url: 'https://developer.zendesk.com/api-reference/introduction/security-and-auth/',
  verified: true,
  source_url: 'https://github.com/zendesk/zendesk_api_client_rb/blob/main/lib/zendesk_api/client.rb',
  source_kind: 'vendor_sdk',
  notes: 'An anonymous call to users/me answers 200 with a null id, so the test call looks at the id.',
});
