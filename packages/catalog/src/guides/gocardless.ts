/** The set-up guide of the provider template "GoCardless". Words only. */
import { defineGuide } from '../guide.ts';

export const gocardless = defineGuide({
  template: 'gocardless',
  summary: 'Direct debits, mandates, payouts',
  keywords: ['direct debit', 'payments', 'mandates', 'sepa', 'bacs'],
  tile: { monogram: 'GC', hue: 225 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://manage.gocardless.com/developers' },
  steps: [
    'Open **Developers** in the dashboard.',
    'Choose **Create**, **Access token**, and name it after the program.',
    'Pick **Read-only access** where that is enough.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: 'live_… or sandbox_…' },
  },
  scopes: [
    { name: 'Read-only access', why: 'reads, and the test call' },
    { name: 'Read-write access', why: 'collects money' },
  ],
  expires: 'Tokens live until they are revoked. Make a second one, replace it here, then revoke the first.',
  test_call: 'Lists at most one creditor.',
  pitfalls: [
    'Each call names a version in the header GoCardless-Version; the template has one where the caller sends none.',
    'The sandbox has a host and tokens of its own.',
  ],
});
