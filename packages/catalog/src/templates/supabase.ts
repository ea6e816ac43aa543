/** The provider template "Supabase (project)". Data only. */
import { defineTemplate } from '../template.ts';

export const supabase = defineTemplate({
  id: 'supabase',
  name: 'Supabase (project)',
  category: 'developer_tools',
  base_url: 'https://{ref}.supabase.co',
  base_urls: ['https://{ref}.supabase.co'],
  allowed_hosts: ['{ref}.supabase.co'],
  variables: [
    { name: 'ref', label: 'Project reference', example: 'abcdefghijklmnopqrst', pattern: '^[a-z]{20}$' },
  ],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'apikey', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{ref}.supabase.co/rest/v1/',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://supabase.com/docs/guides/api/api-keys',
  verified: true,
  source_url:
    'https://github.com/supabase/supabase-js/blob/master/packages/core/supabase-js/src/lib/fetch.ts',
  source_kind: 'vendor_sdk',
  notes:
    'New keys (sb_publishable_, sb_secret_) travel in apikey only. A legacy service_role JWT also wants Authorization: Bearer, which this template does not send.',
});
