/** The provider template "Contentful Management". Data only. */
import { defineTemplate } from '../template.ts';

export const contentful = defineTemplate({
  id: 'contentful',
  name: 'Contentful Management',
  category: 'marketing',
  base_url: 'https://api.contentful.com',
  base_urls: ['https://api.contentful.com'],
  allowed_hosts: ['api.contentful.com', 'api.eu.contentful.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'CMA token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.contentful.com/users/me',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://www.contentful.com/developers/docs/references/content-management-api/',
  verified: true,
  source_url: 'https://github.com/contentful/contentful-sdk-core',
  source_kind: 'vendor_sdk',
  notes: '',
});
