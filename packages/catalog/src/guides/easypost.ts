/** The set-up guide of the provider template "EasyPost". Words only. */
import { defineGuide } from '../guide.ts';

export const easypost = defineGuide({
  template: 'easypost',
  summary: 'Shipping labels, rates, tracking',
  keywords: ['shipping', 'labels', 'tracking', 'rates'],
  tile: { monogram: 'EP', hue: 215 },
  checked: 'from_memory',
  key_page: { label: 'EasyPost', url: 'https://www.easypost.com/account/api-keys' },
  steps: ['Open **API Keys** in your account.', 'Copy the production key, or the test key for trying out.'],
  values: {
    token: { where: 'In the list of API keys.', looks: 'EZAK… or EZTK…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the user that the key belongs to.',
  pitfalls: [
    'Labels that are bought with a production key cost money; test keys (EZTK…) buy nothing.',
    'The test call works with a production key only.',
  ],
});
