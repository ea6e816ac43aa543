/** The provider template "Custom: API key header". Data only. */
import { HEADER_NAME_PATTERN, HEADER_PREFIX_PATTERN, HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const customHeader = defineTemplate({
  id: 'custom_header',
  name: 'Custom: API key header',
  category: 'custom',
  base_url: 'https://{host}',
  base_urls: ['https://{host}'],
  allowed_hosts: ['{host}'],
  variables: [
    { name: 'host', label: 'Host', example: 'api.internal.example', pattern: HOST_PATTERN },
    {
      name: 'header_name',
      label: 'Header name',
      example: 'X-API-Key',
      pattern: HEADER_NAME_PATTERN,
      default: 'X-API-Key',
    },
    { name: 'prefix', label: 'Prefix', example: '', pattern: HEADER_PREFIX_PATTERN, default: '' },
  ],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: '{header_name}', format: '{prefix}{token}' }],
  default_headers: {},
  verify: null,
  docs_url: null,
  verified: false,
  source_url: null,
  source_kind: 'none',
  notes: 'The prefix is put in front of the key, for example "Token " or "Key ".',
});
