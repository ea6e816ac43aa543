/** The set-up guide of the provider template "Lob". Words only. */
import { defineGuide } from '../guide.ts';

export const lob = defineGuide({
  template: 'lob',
  summary: 'Letters, postcards, checks and address verification',
  keywords: ['mail', 'letters', 'postcards', 'addresses'],
  tile: { monogram: 'Lo', hue: 205 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://dashboard.lob.com/settings/api-keys' },
  steps: [
    'Open **Settings** and go to **API Keys**.',
    'Copy the live secret key, or the test one for trying out.',
  ],
  values: {
    token: { where: 'In the list of API keys.', looks: 'live_… or test_…' },
  },
  scopes: [],
  expires:
    'Keys live until they are rolled or deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists at most one address.',
  pitfalls: [
    'With a live key, letters are printed and cost money.',
    'Publishable keys verify addresses only.',
    'The key is sent as the user name, with an empty password.',
  ],
});
