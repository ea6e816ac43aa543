/** The set-up guide of the provider template "Postman". Words only. */
import { defineGuide } from '../guide.ts';

export const postman = defineGuide({
  template: 'postman',
  summary: 'Collections, environments, monitors and mocks',
  keywords: ['collections', 'api', 'testing', 'monitors'],
  tile: { monogram: 'Pm', hue: 14 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://go.postman.co/settings/me/api-keys' },
  steps: [
    'Open the settings of your account and go to **API keys**.',
    'Choose **Generate API Key** and name it after the program.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is generated.', looks: 'PMAK-…' },
  },
  scopes: [],
  expires:
    'Keys live until they are revoked, unless the team has set an end, also for keys that nobody uses. Make a second one, replace it here, then revoke the first.',
  test_call: 'Reads the user that the key belongs to.',
  pitfalls: ['The key can do all that its owner can, in all workspaces.'],
});
