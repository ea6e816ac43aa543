/** The provider template "Confluence Cloud". Data only. */
import { LABEL_PATTERN, UUID_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const confluence = defineTemplate({
  id: 'confluence',
  name: 'Confluence Cloud',
  category: 'developer_tools',
  base_url: 'https://{site}.atlassian.net/wiki',
  base_urls: ['https://{site}.atlassian.net/wiki', 'https://api.atlassian.com/ex/confluence/{cloud_id}'],
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
    url: 'https://{site}.atlassian.net/wiki/rest/api/user/current',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developer.atlassian.com/cloud/confluence/basic-auth-for-rest-apis/',
  verified: false,
  source_url: 'https://developer.atlassian.com/cloud/jira/platform/jira-rest-api-basic-authentication',
  source_kind: 'vendor_docs',
  notes:
    'Classic tokens: the site host. Scoped tokens work only at https://api.atlassian.com/ex/confluence/{cloud_id}, so give the cloud ID for those.',
});
