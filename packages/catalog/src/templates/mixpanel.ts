/** The provider template "Mixpanel". Data only. */
import { defineTemplate } from '../template.ts';

export const mixpanel = defineTemplate({
  id: 'mixpanel',
  name: 'Mixpanel',
  category: 'marketing',
  base_url: 'https://mixpanel.com/api',
  base_urls: ['https://mixpanel.com/api', 'https://eu.mixpanel.com/api', 'https://data.mixpanel.com/api/2.0'],
  allowed_hosts: [
    'mixpanel.com',
    'eu.mixpanel.com',
    'in.mixpanel.com',
    'data.mixpanel.com',
    'api.mixpanel.com',
  ],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'username', label: 'Service account user name', secret: false },
    { name: 'secret', label: 'Service account secret', secret: true },
  ],
  injection: [{ in: 'basic', username: '{username}', password: '{secret}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://mixpanel.com/api/app/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developer.mixpanel.com/reference/service-accounts',
  verified: true,
  source_url: 'https://github.com/mixpanel/docs/blob/main/reference/service-accounts.mdx',
  source_kind: 'vendor_docs',
  notes:
    'Project-secret variant: secret as user name, empty password. project_id is a query parameter of the caller.',
});
