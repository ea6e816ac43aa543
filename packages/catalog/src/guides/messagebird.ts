/** The set-up guide of the provider template "MessageBird (legacy REST)". Words only. */
import { defineGuide } from '../guide.ts';

export const messagebird = defineGuide({
  template: 'messagebird',
  summary: "SMS, voice and lookup over MessageBird's older REST API",
  keywords: ['sms', 'voice', 'messages', 'bird', 'lookup'],
  tile: { monogram: 'MB', hue: 215 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://dashboard.messagebird.com/' },
  steps: [
    'Open the older dashboard and go to **Developers**, **API access**.',
    'Add an access key in live mode.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'In the list of access keys; it can be shown again.' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the balance.',
  pitfalls: [
    'The key goes with the scheme "AccessKey".',
    'Keys of the newer Bird platform work with another API.',
    'Test keys send nothing.',
  ],
});
