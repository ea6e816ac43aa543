/** The provider template "Bitbucket Cloud". Data only. */
import { defineTemplate } from '../template.ts';

export const bitbucket = defineTemplate({
  id: 'bitbucket',
  name: 'Bitbucket Cloud',
  category: 'developer_tools',
  base_url: 'https://api.bitbucket.org/2.0',
  base_urls: ['https://api.bitbucket.org/2.0'],
  allowed_hosts: ['api.bitbucket.org'],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'email', label: 'Atlassian e-mail', secret: false },
    { name: 'token', label: 'API token', secret: true },
  ],
  injection: [{ in: 'basic', username: '{email}', password: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.bitbucket.org/2.0/user',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://support.atlassian.com/bitbucket-cloud/docs/api-tokens/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: 'Repository and workspace access tokens use Bearer instead.',
});
