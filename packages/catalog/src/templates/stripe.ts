/** The provider template "Stripe". Data only. */
import { defineTemplate } from '../template.ts';

export const stripe = defineTemplate({
  id: 'stripe',
  name: 'Stripe',
  category: 'payments',
  base_url: 'https://api.stripe.com',
  base_urls: ['https://api.stripe.com'],
  allowed_hosts: ['api.stripe.com', 'files.stripe.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Secret or restricted key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.stripe.com/v1/balance',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.stripe.com/api/authentication',
  verified: true,
  source_url: 'https://github.com/stripe/stripe-node',
  source_kind: 'vendor_sdk',
  notes: 'Stripe-Version belongs to the caller. Restricted keys (rk_) may get 403 on the test call.',
});
