/** The provider template "Paddle Billing". Data only. */
import { defineTemplate } from '../template.ts';

export const paddle = defineTemplate({
  id: 'paddle',
  name: 'Paddle Billing',
  category: 'payments',
  base_url: 'https://api.paddle.com',
  base_urls: ['https://api.paddle.com', 'https://sandbox-api.paddle.com'],
  allowed_hosts: ['api.paddle.com', 'sandbox-api.paddle.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.paddle.com/event-types',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developer.paddle.com/api-reference/about/authentication',
  verified: true,
  source_url: 'https://github.com/PaddleHQ/paddle-node-sdk',
  source_kind: 'vendor_sdk',
  notes: '',
});
