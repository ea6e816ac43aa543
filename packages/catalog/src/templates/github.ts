/** The provider template "GitHub". Data only. */
import { defineTemplate } from '../template.ts';

export const github = defineTemplate({
  id: 'github',
  name: 'GitHub',
  category: 'developer_tools',
  base_url: 'https://api.github.com',
  base_urls: ['https://api.github.com'],
  allowed_hosts: ['api.github.com', 'uploads.github.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Personal access token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {
    'X-GitHub-Api-Version': '2022-11-28',
    Accept: 'application/vnd.github+json',
    'User-Agent': 'alter-vault',
  },
  verify: {
    method: 'GET',
    url: 'https://api.github.com/user',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.github.com/rest/authentication/authenticating-to-the-rest-api',
  verified: true,
  source_url:
    'https://docs.github.com/de/enterprise-server@3.18/rest/authentication/authenticating-to-the-rest-api',
  source_kind: 'vendor_docs',
  notes:
    'The test call is for personal tokens; installation tokens of an app use GET /installation/repositories. GitHub Enterprise Server: https://{host}/api/v3.',
});
