/** The set-up guide of the provider template "SparkPost (Bird)". Words only. */
import { defineGuide } from '../guide.ts';

export const sparkpost = defineGuide({
  template: 'sparkpost',
  summary: 'Transactional e-mail and deliverability data',
  keywords: ['email', 'transactional', 'smtp', 'bird'],
  tile: { monogram: 'SP', hue: 18 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://app.sparkpost.com/account/api-keys' },
  steps: [
    'Open **Configuration** and go to **API Keys**.',
    'Choose **Create API Key** and name it after the program.',
    'Select only the permissions that it needs, and the addresses that may use it.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.' },
  },
  scopes: [
    { name: 'Transmissions: Read/Write', why: 'sends mail' },
    { name: 'Account: Read', why: 'the test call' },
  ],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the account.',
  pitfalls: [
    'The key is sent as it is, without "Bearer".',
    'Accounts in the EU have a host of their own.',
    'A key without the right to read the account fails the test call.',
  ],
});
