/** The provider template "Jira Cloud". Data only. */
import { LABEL_PATTERN, UUID_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const jira = defineTemplate({
  id: 'jira',
  name: 'Jira Cloud',
  category: 'developer_tools',
  base_url: 'https://{site}.atlassian.net',
  base_urls: ['https://{site}.atlassian.net', 'https://api.atlassian.com/ex/jira/{cloud_id}'],
  allowed_hosts: ['{site}.atlassian.net', 'api.atlassian.com'],
  variables: [
    { name: 'site', label: 'Site name', example: 'acme', pattern: LABEL_PATTERN },
    {
      name: 'cloud_id',
      label: 'Cloud ID',
      example: '11111111-2222-3333-4444-555555555555',
      pattern: UUID_PATTERN,
      optional: true,
    },
  ],
  credential_type: 'basic',
  fields: [
    { name: 'email', label: 'Atlassian e-mail', secret: false },
    { name: 'token', label: 'API token', secret: true },
  ],
  injection: [{ in: 'basic', username: '{email}', password: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{site}.atlassian.net/rest/api/3/myself',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/',
  verified: true,
  source_url: 'https://developer.atlassian.com/cloud/jira/platform/jira-rest-api-basic-authentication',
  source_kind: 'vendor_docs',
  notes:
    'Classic tokens: the site host. Scoped tokens work only at https://api.atlassian.com/ex/jira/{cloud_id}, so give the cloud ID for those.',
});
