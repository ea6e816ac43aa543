/** The set-up guide of the provider template "Mollie". Words only. */
import { defineGuide } from '../guide.ts';

export const mollie = defineGuide({
  template: 'mollie',
  summary: 'Payments, refunds, subscriptions',
  keywords: ['payments', 'ideal', 'checkout', 'refunds', 'europe'],
  tile: { monogram: 'Mo', hue: null },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://my.mollie.com/dashboard/developers/api-keys' },
  steps: [
    'Open **Developers** in the dashboard and go to **API keys**.',
    'Pick the profile.',
    'Copy the live key, or the test key for trying out.',
  ],
  values: {
    token: { where: 'In the list of API keys; it can be shown again.', looks: 'live_… or test_…' },
  },
  scopes: [],
  expires: 'A key lives until it is reset, which ends the old one at once: replace it here right after.',
  test_call: 'Lists the payment methods of the profile.',
  pitfalls: [
    'A key belongs to one profile.',
    'Organization access tokens (access_…) reach more, and often want testmode or a profile in the call.',
  ],
});
