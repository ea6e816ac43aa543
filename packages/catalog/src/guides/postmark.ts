/** The set-up guide of the provider template "Postmark". Words only. */
import { defineGuide } from '../guide.ts';

export const postmark = defineGuide({
  template: 'postmark',
  summary: 'Transactional e-mail of one Postmark server',
  keywords: ['email', 'transactional', 'smtp', 'templates'],
  tile: { monogram: 'Pm', hue: 48 },
  checked: 'vendor_docs',
  key_page: { label: 'Servers', url: 'https://account.postmarkapp.com/servers' },
  steps: [
    'Open the server through which the program is to send.',
    'Go to **API Tokens**.',
    'Make a token for this program, or copy the one that is there.',
  ],
  values: {
    token: { where: 'On the page API Tokens of the server; it can be shown again.', looks: 'a UUID' },
  },
  scopes: [],
  expires:
    'Tokens live until they are deleted. A server can have several: make a second one, replace it here, then delete the first.',
  test_call: 'Reads the settings of the server.',
  pitfalls: [
    'A server token reaches one server. Account tokens manage servers and domains, and go in another header.',
    'New accounts send only to their own domain until they are approved.',
  ],
});
