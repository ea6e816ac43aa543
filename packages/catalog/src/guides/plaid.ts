/** The set-up guide of the provider template "Plaid". Words only. */
import { defineGuide } from '../guide.ts';

export const plaid = defineGuide({
  template: 'plaid',
  summary: 'Bank accounts, transactions, identity',
  keywords: ['banking', 'transactions', 'accounts', 'fintech'],
  tile: { monogram: 'Pl', hue: null },
  checked: 'from_memory',
  key_page: { label: 'Keys', url: 'https://dashboard.plaid.com/developers/keys' },
  steps: [
    'Open **Developers** in the dashboard and go to **Keys**.',
    'Copy the client ID.',
    'Copy the secret of the environment that the program uses.',
  ],
  values: {
    client_id: {
      where: 'On the page of keys; the same for all environments.',
      looks: '24 hexadecimal characters',
    },
    secret: { where: 'On the page of keys, one for each environment.', looks: '30 hexadecimal characters' },
  },
  scopes: [],
  expires:
    'Secrets live until they are deleted. There can be two for an environment: add one, replace it here, then delete the first.',
  test_call: 'Reads one institution, in production.',
  pitfalls: [
    'A sandbox secret fails the test call, which goes to production.',
    'Access tokens of single bank connections travel in the body and are not kept by this template.',
  ],
});
