/** The set-up guide of the provider template "Telnyx". Words only. */
import { defineGuide } from '../guide.ts';

export const telnyx = defineGuide({
  template: 'telnyx',
  summary: 'SMS, voice, numbers and SIM cards',
  keywords: ['sms', 'voice', 'numbers', 'calls', 'iot'],
  tile: { monogram: 'Tx', hue: 155 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://portal.telnyx.com/#/api-keys' },
  steps: [
    'Open **API Keys** in the portal.',
    'Choose **Create API Key**.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 'KEY…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the balance.',
  pitfalls: [
    'The public key beside it checks webhooks and is not what is asked for here.',
    'A key can do everything in the account.',
  ],
});
