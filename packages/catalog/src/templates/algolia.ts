/** The provider template "Algolia". Data only. */
import { defineTemplate } from '../template.ts';

export const algolia = defineTemplate({
  id: 'algolia',
  name: 'Algolia',
  category: 'marketing',
  base_url: 'https://{app_id}.algolia.net',
  base_urls: ['https://{app_id}.algolia.net', 'https://{app_id}-dsn.algolia.net'],
  allowed_hosts: [
    '{app_id}.algolia.net',
    '{app_id}-dsn.algolia.net',
    '{app_id}-1.algolianet.com',
    '{app_id}-2.algolianet.com',
    '{app_id}-3.algolianet.com',
  ],
  variables: [],
  credential_type: 'api_key',
  fields: [
    {
      name: 'app_id',
      label: 'Application ID',
      secret: false,
      address: { example: 'B1G2GM9NG0', pattern: '^[A-Za-z0-9]{1,32}$' },
    },
    { name: 'api_key', label: 'API key', secret: true },
  ],
  injection: [
    { in: 'header', name: 'x-algolia-application-id', format: '{app_id}' },
    { in: 'header', name: 'x-algolia-api-key', format: '{api_key}' },
  ],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{app_id}.algolia.net/1/indexes',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://www.algolia.com/doc/rest-api/search',
  verified: true,
  source_url: 'https://github.com/algolia/api-clients-automation/blob/main/specs/common/securitySchemes.yml',
  source_kind: 'vendor_openapi',
  notes: 'The application ID is also part of the hosts. The test call needs the listIndexes ACL.',
});
