/** The set-up guide of the provider template "Square". Words only. */
import { defineGuide } from '../guide.ts';

export const square = defineGuide({
  template: 'square',
  summary: 'Payments, orders, catalog, customers',
  keywords: ['payments', 'pos', 'orders', 'catalog'],
  tile: { monogram: 'Sq', hue: null },
  checked: 'from_memory',
  key_page: { label: 'Developer Console', url: 'https://developer.squareup.com/apps' },
  steps: [
    'Open the Developer Console and make an application, or open yours.',
    'Pick **Production** at the top and go to **Credentials**.',
    'Show the production access token and copy it.',
  ],
  values: {
    token: { where: 'Under Credentials; it can be shown again.', looks: 'EAAA…' },
  },
  scopes: [],
  expires:
    'A personal access token lives until it is replaced on the same page: replace it here right after.',
  test_call: 'Lists the locations.',
  pitfalls: [
    'The token can do everything in your own account.',
    'Sandbox tokens work at another host.',
    'The application ID is public and is not what is asked for here.',
  ],
});
