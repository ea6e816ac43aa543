/** The provider template "Supabase Management API". Data only. */
import { defineTemplate } from '../template.ts';

export const supabaseManagement = defineTemplate({
  id: 'supabase_management',
  name: 'Supabase Management API',
  category: 'developer_tools',
  base_url: 'https://api.supabase.com/v1',
  base_urls: ['https://api.supabase.com/v1'],
  allowed_hosts: ['api.supabase.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Personal access token (sbp_)', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.supabase.com/v1/projects',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://supabase.com/docs/reference/api/introduction',
  verified: true,
  source_url: 'https://supabase.com/docs/reference/api/list-all-secrets',
  source_kind: 'vendor_docs',
  notes: '',
});
