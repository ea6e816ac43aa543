/** The provider template "Freshdesk". Data only. */
import { LABEL_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const freshdesk = defineTemplate({
  id: 'freshdesk',
  name: 'Freshdesk',
  category: 'communication',
  base_url: 'https://{domain}.freshdesk.com',
  base_urls: ['https://{domain}.freshdesk.com'],
  allowed_hosts: ['{domain}.freshdesk.com'],
  variables: [{ name: 'domain', label: 'Domain', example: 'acme', pattern: LABEL_PATTERN }],
  credential_type: 'basic',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'basic', username: '{token}', password: 'X' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{domain}.freshdesk.com/api/v2/agents/me',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developers.freshdesk.com/api/#authentication',
  verified: false,
  source_url:
    'https://support.freshdesk.com/en/support/solutions/articles/50000003346-api-key-based-authentication',
  source_kind: 'vendor_docs',
  notes: 'The key is the user name; the password is ignored and must be there.',
});
