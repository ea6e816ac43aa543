/** The provider template "Customer.io App API". Data only. */
import { defineTemplate } from '../template.ts';

export const customerioApp = defineTemplate({
  id: 'customerio_app',
  name: 'Customer.io App API',
  category: 'marketing',
  base_url: 'https://api.customer.io/v1',
  base_urls: ['https://api.customer.io/v1', 'https://api-eu.customer.io/v1'],
  allowed_hosts: ['api.customer.io', 'api-eu.customer.io'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'App API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.customer.io/v1/workspaces',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.customer.io/api/app/',
  verified: true,
  source_url: 'https://github.com/customerio/customerio-node',
  source_kind: 'vendor_sdk',
  notes: '',
});
