/** The provider template "Grafana". Data only. */
import { HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const grafana = defineTemplate({
  id: 'grafana',
  name: 'Grafana',
  category: 'monitoring',
  base_url: 'https://{host}',
  base_urls: ['https://{host}'],
  allowed_hosts: ['{host}'],
  variables: [{ name: 'host', label: 'Host', example: 'mystack.grafana.net', pattern: HOST_PATTERN }],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Service account token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{host}/api/org',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://grafana.com/docs/grafana/latest/developers/http_api/',
  verified: true,
  source_url: 'https://github.com/grafana/grafana-openapi-client-go',
  source_kind: 'vendor_sdk',
  notes: 'Cloud: {stack}.grafana.net; self-hosted: any host. Service account token (glsa_...).',
});
