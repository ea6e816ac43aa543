/** The provider template "Adyen". Data only. */
import { defineTemplate } from '../template.ts';

export const adyen = defineTemplate({
  id: 'adyen',
  name: 'Adyen',
  category: 'payments',
  base_url: 'https://management-live.adyen.com/v3',
  base_urls: ['https://management-live.adyen.com/v3', 'https://management-test.adyen.com/v3'],
  allowed_hosts: [
    'management-live.adyen.com',
    'management-test.adyen.com',
    'checkout-test.adyen.com',
    '**.adyenpayments.com',
  ],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'X-API-Key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://management-live.adyen.com/v3/me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.adyen.com/development-resources/api-credentials/',
  verified: true,
  source_url: 'https://github.com/Adyen/adyen-openapi',
  source_kind: 'vendor_openapi',
  notes:
    'The test call goes to the live environment. Live checkout hosts carry a prefix of the merchant under adyenpayments.com.',
});
