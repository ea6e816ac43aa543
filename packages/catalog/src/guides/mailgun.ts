/** The set-up guide of the provider template "Mailgun". Words only. */
import { defineGuide } from '../guide.ts';

export const mailgun = defineGuide({
  template: 'mailgun',
  summary: 'Sends, receives and validates e-mail',
  keywords: ['email', 'transactional', 'smtp', 'validation'],
  tile: { monogram: 'Mg', hue: 352 },
  checked: 'vendor_docs',
  key_page: { label: 'API keys', url: 'https://app.mailgun.com/settings/api_security' },
  steps: [
    'Open **Account Settings** from the menu of your account and go to **API keys**.',
    'Choose **Create key**, describe its use, and pick the least role.',
    'Choose **Create Key** and copy it: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'hexadecimal, in three parts with dashes' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists at most one domain.',
  pitfalls: [
    'Domains in the EU are served by a host of their own, api.eu.mailgun.net.',
    'A sending key belongs to one domain and only sends: it fails the test call.',
    'The user name is always "api"; the key is the password.',
  ],
});
