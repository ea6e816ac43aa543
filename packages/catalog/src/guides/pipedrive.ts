/** The set-up guide of the provider template "Pipedrive". Words only. */
import { defineGuide } from '../guide.ts';

export const pipedrive = defineGuide({
  template: 'pipedrive',
  summary: 'Deals, people and activities of a sales pipeline',
  keywords: ['crm', 'sales', 'deals', 'pipeline'],
  tile: { monogram: 'Pd', hue: 145 },
  checked: 'from_memory',
  key_page: { label: 'Pipedrive', url: 'https://app.pipedrive.com/' },
  steps: [
    'Open the menu of your account and choose **Personal preferences**.',
    'Go to **API**.',
    'Generate the token, if there is none, and copy it.',
  ],
  values: {
    token: {
      where: 'In the personal preferences, under API; it can be shown again.',
      looks: '40 hexadecimal characters',
    },
  },
  scopes: [],
  expires:
    'The token lives until it is regenerated, which ends the old one at once: replace it here right after.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'Each user has one token for each company, with all rights of that user; give programs a user of their own.',
  ],
});
