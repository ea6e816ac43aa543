/** The set-up guide of the provider template "Pingdom". Words only. */
import { defineGuide } from '../guide.ts';

export const pingdom = defineGuide({
  template: 'pingdom',
  summary: 'Uptime and transaction checks',
  keywords: ['uptime', 'monitoring', 'checks', 'solarwinds'],
  tile: { monogram: 'Pi', hue: 48 },
  checked: 'from_memory',
  key_page: { label: 'API tokens', url: 'https://my.pingdom.com/app/api-tokens' },
  steps: [
    'Open **Settings** and go to **Pingdom API**.',
    'Choose **Add API token**, name it after the program, and pick **Read access** where that is enough.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.' },
  },
  scopes: [
    { name: 'Read access', why: 'reads checks and results, and the test call' },
    { name: 'Read/Write access', why: 'changes checks' },
  ],
  expires: 'Tokens live until they are revoked. Make a second one, replace it here, then revoke the first.',
  test_call: 'Lists at most one check.',
  pitfalls: ['A token belongs to the whole account.'],
});
