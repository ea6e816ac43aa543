/** The provider template "Trello". Data only. */
import { defineTemplate } from '../template.ts';

export const trello = defineTemplate({
  id: 'trello',
  name: 'Trello',
  category: 'developer_tools',
  base_url: 'https://api.trello.com/1',
  base_urls: ['https://api.trello.com/1'],
  allowed_hosts: ['api.trello.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [
    { name: 'key', label: 'API key', secret: false },
    { name: 'token', label: 'Token', secret: true },
  ],
  injection: [
    { in: 'query', name: 'key', format: '{key}' },
    { in: 'query', name: 'token', format: '{token}' },
  ],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.trello.com/1/members/me',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/',
  verified: false,
  source_url: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/api-introduction',
  source_kind: 'vendor_docs',
  notes: 'Both values travel in the query.',
});
