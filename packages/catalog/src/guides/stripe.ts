/** The set-up guide of the provider template "Stripe". Words only. */
import { defineGuide } from '../guide.ts';

export const stripe = defineGuide({
  template: 'stripe',
  summary: 'Payments, subscriptions, invoices, payouts',
  keywords: ['payments', 'subscriptions', 'billing', 'checkout', 'invoices'],
  tile: { monogram: 'St', hue: 248 },
  checked: 'vendor_docs',
  key_page: { label: 'API keys', url: 'https://dashboard.stripe.com/apikeys' },
  steps: [
    'Open **Developers** in the dashboard and go to **API keys**.',
    'Choose **Create restricted key** and name it after the program.',
    'Give each resource **None**, **Read** or **Write**.',
    'Copy the key: in live mode it is shown once.',
  ],
  values: {
    token: { where: 'Shown when the key is created; a live key only once.', looks: 'rk_live_… or sk_live_…' },
  },
  scopes: [
    { name: 'Balance: Read', why: 'the test call' },
    { name: 'Customers: Read', why: 'reads customers' },
    { name: 'PaymentIntents: Write', why: 'takes payments' },
  ],
  expires:
    'Keys live until they are deleted or rolled; when a key is rolled, you choose how long the old one still works. Replace it here in that time.',
  test_call: 'Reads the balance.',
  pitfalls: [
    'A restricted key without the right to read the balance gets 403 at the test call, though it works.',
    'A secret key (sk_…) can do everything; Stripe advises restricted keys, for agents above all.',
    'Keys of sandboxes and of live mode see different data.',
    'Publishable keys (pk_…) are no secrets.',
  ],
});
