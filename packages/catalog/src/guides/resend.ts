/** The set-up guide of the provider template "Resend". Words only. */
import { defineGuide } from '../guide.ts';

export const resend = defineGuide({
  template: 'resend',
  summary: 'Transactional and broadcast e-mail for developers',
  keywords: ['email', 'transactional', 'smtp', 'broadcasts'],
  tile: { monogram: 'Rs', hue: null },
  checked: 'vendor_docs',
  key_page: { label: 'API keys', url: 'https://resend.com/api-keys' },
  steps: [
    'Open **API Keys**.',
    'Choose **Create API Key** and name it after the program.',
    'Pick **Sending access** and the domain, if the program only sends.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 're_…' },
  },
  scopes: [
    { name: 'Sending access', why: 'sends mail, from one domain if you like' },
    { name: 'Full access', why: 'everything, the test call too' },
  ],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the domains.',
  pitfalls: ["A key with sending access can't list domains, so the test call fails though the key works."],
});
