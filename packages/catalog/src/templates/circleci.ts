/** The provider template "CircleCI". Data only. */
import { defineTemplate } from '../template.ts';

export const circleci = defineTemplate({
  id: 'circleci',
  name: 'CircleCI',
  category: 'developer_tools',
  base_url: 'https://circleci.com/api/v2',
  base_urls: ['https://circleci.com/api/v2'],
  allowed_hosts: ['circleci.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'Circle-Token', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://circleci.com/api/v2/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://circleci.com/docs/api-developers-guide/',
  verified: true,
  source_url: 'https://github.com/circleci/circleci-docs',
  source_kind: 'vendor_docs',
  notes: 'The same guide also shows Authorization: Bearer.',
});
