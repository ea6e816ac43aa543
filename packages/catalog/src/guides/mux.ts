/** The set-up guide of the provider template "Mux". Words only. */
import { defineGuide } from '../guide.ts';

export const mux = defineGuide({
  template: 'mux',
  summary: 'Video: assets, live streams, playback, data',
  keywords: ['video', 'streaming', 'live', 'media'],
  tile: { monogram: 'Mu', hue: 345 },
  checked: 'from_memory',
  key_page: { label: 'Access tokens', url: 'https://dashboard.mux.com/settings/access-tokens' },
  steps: [
    'Open **Settings** and go to **Access Tokens**.',
    'Choose **Generate new token** and pick the environment.',
    'Give **Read** or **Write** only for the products that it needs, and name it after the program.',
    'Copy both parts: the secret is shown once.',
  ],
  values: {
    token_id: { where: 'Beside the secret, and in the list afterwards.', looks: 'a UUID' },
    token_secret: { where: 'Shown once, when the token is generated.', looks: '75 letters, digits, + and /' },
  },
  scopes: [
    { name: 'Mux Video: Read', why: 'reads assets, and the test call' },
    { name: 'Mux Video: Write', why: 'makes and deletes assets' },
  ],
  expires: 'Tokens live until they are revoked. Make a second one, replace it here, then revoke the first.',
  test_call: 'Lists at most one asset.',
  pitfalls: ['A token belongs to one environment.', 'Signing keys for playback are something else.'],
});
