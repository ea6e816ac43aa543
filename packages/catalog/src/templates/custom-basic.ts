/** The provider template "Custom: Basic auth". Data only. */
import { HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const customBasic = defineTemplate({
  id: 'custom_basic',
  name: 'Custom: Basic auth',
  category: 'custom',
  base_url: 'https://{host}',
  base_urls: ['https://{host}'],
  allowed_hosts: ['{host}'],
  variables: [{ name: 'host', label: 'Host', example: 'api.internal.example', pattern: HOST_PATTERN }],
  credential_type: 'basic',
  fields: [
    { name: 'username', label: 'User name', secret: false },
    { name: 'password', label: 'Password', secret: true },
  ],
  injection: [{ in: 'basic', username: '{username}', password: '{password}' }],
  default_headers: {},
  verify: null,
  docs_url: null,
  verified: false,
  source_url: null,
  source_kind: 'none',
  notes: '',
});
