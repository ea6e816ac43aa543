/** The provider template "SparkPost (Bird)". Data only. */
import { defineTemplate } from '../template.ts';

export const sparkpost = defineTemplate({
  id: 'sparkpost',
  name: 'SparkPost (Bird)',
  category: 'communication',
  base_url: 'https://api.sparkpost.com/api/v1',
  base_urls: ['https://api.sparkpost.com/api/v1', 'https://api.eu.sparkpost.com/api/v1'],
  allowed_hosts: ['api.sparkpost.com', 'api.eu.sparkpost.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.sparkpost.com/api/v1/account',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developers.sparkpost.com/api/',
  verified: true,
  source_url: 'https://github.com/SparkPost/node-sparkpost',
  source_kind: 'vendor_sdk',
  notes: 'The raw key, without a scheme.',
});
