/** The provider template "Shopify Admin API". Data only. */
import { LABEL_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const shopify = defineTemplate({
  id: 'shopify',
  name: 'Shopify Admin API',
  category: 'payments',
  base_url: 'https://{shop}.myshopify.com/admin/api/{version}',
  base_urls: ['https://{shop}.myshopify.com/admin/api/{version}'],
  allowed_hosts: ['{shop}.myshopify.com'],
  variables: [
    { name: 'shop', label: 'Shop name', example: 'acme', pattern: LABEL_PATTERN },
    {
      name: 'version',
      label: 'API version',
      example: '2026-10',
      pattern: '^20[0-9]{2}-(?:01|04|07|10)$',
      default: '2026-10',
    },
  ],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'X-Shopify-Access-Token', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'POST',
    url: 'https://{shop}.myshopify.com/admin/api/{version}/graphql.json',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ shop { name } }"}',
    expect_status: [200],
    expect_json: { pointer: '/data/shop/name', present: true },
    verified: false,
  },
  docs_url: 'https://shopify.dev/docs/api/admin-graphql#authentication',
  verified: true,
  source_url:
    'https://github.com/Shopify/shopify-app-js/blob/main/packages/api-clients/admin-api-client/src/constants.ts',
  source_kind: 'vendor_sdk',
  notes: 'API versions are quarterly.',
});
