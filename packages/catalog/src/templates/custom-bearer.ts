/** The provider template "Custom: Bearer token". Data only. */
import { HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const customBearer = defineTemplate({
  id: 'custom_bearer',
  name: 'Custom: Bearer token',
  category: 'custom',
  base_url: 'https://{host}',
  base_urls: ['https://{host}'],
  allowed_hosts: ['{host}'],
  variables: [{ name: 'host', label: 'Host', example: 'api.internal.example', pattern: HOST_PATTERN }],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: null,
  docs_url: null,
  verified: false,
  source_url: null,
  source_kind: 'none',
  notes: '',
});
