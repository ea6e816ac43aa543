/** The set-up guide of the provider template "Razorpay". Words only. */
import { defineGuide } from '../guide.ts';

export const razorpay = defineGuide({
  template: 'razorpay',
  summary: 'Payments, orders, refunds, subscriptions in India',
  keywords: ['payments', 'orders', 'upi', 'india'],
  tile: { monogram: 'Rz', hue: 218 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://dashboard.razorpay.com/app/website-app-settings/api-keys' },
  steps: [
    'Pick live or test mode in the dashboard.',
    'Open **Account & Settings** and go to **API Keys**.',
    'Generate a key, and copy or download both parts: the secret is shown once.',
  ],
  values: {
    key_id: { where: 'Beside the secret, and on the page afterwards.', looks: 'rzp_live_… or rzp_test_…' },
    key_secret: { where: 'Shown once, when the key is generated.' },
  },
  scopes: [],
  expires:
    'A key lives until it is regenerated. Then Razorpay asks whether the old one is to end at once or after 24 hours; choose the latter and replace both values here.',
  test_call: 'Lists at most one payment.',
  pitfalls: [
    'There is one key for each mode: whatever else uses it has to change too.',
    'A key can do everything, refunds too.',
  ],
});
