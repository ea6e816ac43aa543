/** The provider template "Custom: query parameter". Data only. */
import { HOST_PATTERN, QUERY_NAME_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const customQuery = defineTemplate({
  id: 'custom_query',
  name: 'Custom: query parameter',
  category: 'custom',
  base_url: 'https://{host}',
  base_urls: ['https://{host}'],
  allowed_hosts: ['{host}'],
  variables: [
    { name: 'host', label: 'Host', example: 'api.internal.example', pattern: HOST_PATTERN },
    {
      name: 'param_name',
      label: 'Parameter name',
      example: 'api_key',
      pattern: QUERY_NAME_PATTERN,
      default: 'api_key',
    },
  ],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'query', name: '{param_name}', format: '{token}' }],
  default_headers: {},
  verify: null,
  docs_url: null,
  verified: false,
  source_url: null,
  source_kind: 'none',
  notes: '',
});
