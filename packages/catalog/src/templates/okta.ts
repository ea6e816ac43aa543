/** The provider template "Okta". Data only. */
import { HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const okta = defineTemplate({
  id: 'okta',
  name: 'Okta',
  category: 'developer_tools',
  base_url: 'https://{domain}',
  base_urls: ['https://{domain}'],
  allowed_hosts: ['{domain}'],
  variables: [{ name: 'domain', label: 'Domain', example: 'acme.okta.com', pattern: HOST_PATTERN }],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'SSWS {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{domain}/api/v1/users/me',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developer.okta.com/docs/reference/core-okta-api/#authentication',
  verified: true,
  source_url: 'https://github.com/okta/okta-management-openapi-spec',
  source_kind: 'vendor_openapi',
  notes: 'Domain: acme.okta.com, acme.okta-emea.com, acme.oktapreview.com or a custom domain.',
});
