/** The set-up guide of the provider template "Paddle Billing". Words only. */
import { defineGuide } from '../guide.ts';

export const paddle = defineGuide({
  template: 'paddle',
  summary: 'Checkout, subscriptions, tax and invoices (Paddle Billing)',
  keywords: ['payments', 'subscriptions', 'billing', 'tax', 'merchant of record'],
  tile: { monogram: 'Pa', hue: 48 },
  checked: 'from_memory',
  key_page: { label: 'Authentication', url: 'https://vendors.paddle.com/authentication-v2' },
  steps: [
    'Open **Developer Tools** and go to **Authentication**.',
    'Choose **New API key** and name it after the program.',
    'Set its expiry, and only the permissions that it needs.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 'pdl_live_apikey_… or pdl_sdbx_apikey_…' },
  },
  scopes: [
    { name: 'transaction.read', why: 'reads transactions' },
    { name: 'customer.read', why: 'reads customers' },
    { name: 'subscription.write', why: 'changes subscriptions' },
  ],
  expires: 'At most one year, as chosen when it is made. Make the next one before that, and replace it here.',
  test_call: 'Lists the types of events.',
  pitfalls: [
    'The sandbox has a host and keys of its own.',
    'Paddle Classic is another API.',
    'Client-side tokens are for web pages.',
  ],
});
