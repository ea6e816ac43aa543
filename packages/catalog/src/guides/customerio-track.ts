/** The set-up guide of the provider template "Customer.io Track API". Words only. */
import { defineGuide } from '../guide.ts';

export const customerioTrack = defineGuide({
  template: 'customerio_track',
  summary: 'Sends people and events to Customer.io',
  keywords: ['events', 'tracking', 'people', 'marketing'],
  tile: { monogram: 'Cu', hue: 160 },
  checked: 'from_memory',
  key_page: { label: 'Customer.io', url: 'https://fly.customer.io/' },
  steps: [
    'Open the account settings and go to **API Credentials**.',
    'Go to **Tracking API Keys** and make a key for the workspace.',
    'Copy site ID and API key.',
  ],
  values: {
    site_id: { where: 'Beside the API key.', looks: '20 hexadecimal characters' },
    api_key: { where: 'In the list of tracking keys.', looks: '20 hexadecimal characters' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: null,
  pitfalls: [
    'Every call writes, so the vault has none to try the key with.',
    'Accounts in the EU are served by track-eu.customer.io.',
  ],
});
