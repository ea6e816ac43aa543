/** The set-up guide of the provider template "Replicate". Words only. */
import { defineGuide } from '../guide.ts';

export const replicate = defineGuide({
  template: 'replicate',
  summary: 'Runs open models for images, video, audio and text',
  keywords: ['models', 'images', 'flux', 'stable diffusion', 'inference'],
  tile: { monogram: 'Re', hue: null },
  checked: 'from_memory',
  key_page: { label: 'API tokens', url: 'https://replicate.com/account/api-tokens' },
  steps: [
    'Open **API tokens** in your account settings.',
    'Create a token named after the program.',
    'Copy it.',
  ],
  values: {
    token: { where: 'In the list of API tokens.', looks: 'r8_…' },
  },
  scopes: [],
  expires: 'Tokens live until they are disabled. Make a second one, replace it here, then disable the first.',
  test_call: 'Reads the account that the token belongs to.',
  pitfalls: [
    'A token can do all that its account can.',
    'Files of finished predictions lie on another host and are fetched without the token.',
  ],
});
