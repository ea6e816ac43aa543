/** The provider template "Chargebee". Data only. */
import { LABEL_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const chargebee = defineTemplate({
  id: 'chargebee',
  name: 'Chargebee',
  category: 'payments',
  base_url: 'https://{site}.chargebee.com/api/v2',
  base_urls: ['https://{site}.chargebee.com/api/v2'],
  allowed_hosts: ['{site}.chargebee.com'],
  variables: [{ name: 'site', label: 'Site name', example: 'acme-test', pattern: LABEL_PATTERN }],
  credential_type: 'basic',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'basic', username: '{token}', password: '' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{site}.chargebee.com/api/v2/configurations',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://apidocs.chargebee.com/docs/api/auth',
  verified: true,
  source_url: 'https://github.com/chargebee/chargebee-node',
  source_kind: 'vendor_sdk',
  notes: 'Key as user name, empty password.',
});
