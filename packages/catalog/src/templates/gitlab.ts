/** The provider template "GitLab". Data only. */
import { HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const gitlab = defineTemplate({
  id: 'gitlab',
  name: 'GitLab',
  category: 'developer_tools',
  base_url: 'https://{host}/api/v4',
  base_urls: ['https://{host}/api/v4'],
  allowed_hosts: ['{host}'],
  variables: [
    { name: 'host', label: 'Host', example: 'gitlab.com', pattern: HOST_PATTERN, default: 'gitlab.com' },
  ],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'PRIVATE-TOKEN', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{host}/api/v4/personal_access_tokens/self',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.gitlab.com/api/rest/authentication/',
  verified: true,
  source_url: 'https://github.com/gitlabhq/gitlabhq/blob/master/doc/api/rest/authentication.md',
  source_kind: 'vendor_docs',
  notes:
    'Personal, project and group tokens; Bearer also works. Default host gitlab.com. CI job tokens use JOB-TOKEN.',
});
