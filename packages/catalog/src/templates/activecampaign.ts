/** The provider template "ActiveCampaign". Data only. */
import { HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const activecampaign = defineTemplate({
  id: 'activecampaign',
  name: 'ActiveCampaign',
  category: 'marketing',
  base_url: 'https://{host}/api/3',
  base_urls: ['https://{host}/api/3'],
  allowed_hosts: ['{host}'],
  variables: [{ name: 'host', label: 'Host', example: 'acme.api-us1.com', pattern: HOST_PATTERN }],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Api-Token', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{host}/api/3/users/me',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developers.activecampaign.com/reference/authentication',
  verified: false,
  source_url: 'https://developers.activecampaign.com/reference/url.md',
  source_kind: 'vendor_docs',
  notes: 'Take the host from the Developer tab of the account; never build it from the account name.',
});
