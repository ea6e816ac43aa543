/** The provider template "Webflow". Data only. */
import { defineTemplate } from '../template.ts';

export const webflow = defineTemplate({
  id: 'webflow',
  name: 'Webflow',
  category: 'marketing',
  base_url: 'https://api.webflow.com/v2',
  base_urls: ['https://api.webflow.com/v2'],
  allowed_hosts: ['api.webflow.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.webflow.com/v2/token/introspect',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developers.webflow.com/data/reference/authentication',
  verified: true,
  source_url: 'https://github.com/webflow/js-webflow-api',
  source_kind: 'vendor_sdk',
  notes: '',
});
