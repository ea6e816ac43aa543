/** The set-up guide of the provider template "Customer.io App API". Words only. */
import { defineGuide } from '../guide.ts';

export const customerioApp = defineGuide({
  template: 'customerio_app',
  summary: 'Transactional messages, broadcasts and reporting of Customer.io',
  keywords: ['email', 'marketing', 'messages', 'broadcasts'],
  tile: { monogram: 'Cu', hue: 160 },
  checked: 'from_memory',
  key_page: { label: 'Customer.io', url: 'https://fly.customer.io/' },
  steps: [
    'Open the account settings and go to **API Credentials**.',
    'Go to **App API Keys** and choose **Create App API Key**.',
    'Name it after the program, pick the workspace, and restrict it to the address of the vault.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: '32 hexadecimal characters' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the workspaces.',
  pitfalls: [
    'Accounts in the EU are served by api-eu.customer.io.',
    'Keys of the Track API are others; there is a template for them.',
  ],
});
