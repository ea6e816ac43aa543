/** The provider template "Notion". Data only. */
import { defineTemplate } from '../template.ts';

export const notion = defineTemplate({
  id: 'notion',
  name: 'Notion',
  category: 'developer_tools',
  base_url: 'https://api.notion.com/v1',
  base_urls: ['https://api.notion.com/v1'],
  allowed_hosts: ['api.notion.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Integration secret', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: { 'Notion-Version': '2025-09-03' },
  verify: {
    method: 'GET',
    url: 'https://api.notion.com/v1/users/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.notion.com/reference/authentication',
  verified: true,
  source_url: 'https://github.com/makenotion/notion-sdk-js',
  source_kind: 'vendor_sdk',
  notes:
    'Notion-Version is required; 2026-03-11 exists with breaking changes, so it is set only where the caller sent none.',
});
