/** The provider template "Razorpay". Data only. */
import { defineTemplate } from '../template.ts';

export const razorpay = defineTemplate({
  id: 'razorpay',
  name: 'Razorpay',
  category: 'payments',
  base_url: 'https://api.razorpay.com/v1',
  base_urls: ['https://api.razorpay.com/v1'],
  allowed_hosts: ['api.razorpay.com'],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'key_id', label: 'Key ID', secret: false },
    { name: 'key_secret', label: 'Key secret', secret: true },
  ],
  injection: [{ in: 'basic', username: '{key_id}', password: '{key_secret}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.razorpay.com/v1/payments?count=1',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://razorpay.com/docs/api/authentication/',
  verified: true,
  source_url: 'https://github.com/razorpay/razorpay-node',
  source_kind: 'vendor_sdk',
  notes: '',
});
