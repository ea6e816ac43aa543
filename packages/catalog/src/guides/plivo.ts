/** The set-up guide of the provider template "Plivo". Words only. */
import { defineGuide } from '../guide.ts';

export const plivo = defineGuide({
  template: 'plivo',
  summary: 'SMS and voice calls',
  keywords: ['sms', 'voice', 'calls', 'messages'],
  tile: { monogram: 'Pl', hue: 145 },
  checked: 'from_memory',
  key_page: { label: 'Console', url: 'https://console.plivo.com/' },
  steps: [
    'Sign in to the console.',
    'Copy **Auth ID** and **Auth Token** from the overview of the account.',
    'For a part of your traffic, make a subaccount and take its pair instead.',
  ],
  values: {
    auth_id: { where: 'On the overview of the console; it is also part of each address.', looks: 'MA…' },
    auth_token: { where: 'On the overview of the console, beside the Auth ID.' },
  },
  scopes: [],
  expires: 'The token lives until it is reset, which ends the old one at once: replace it here right after.',
  test_call: 'Reads the account itself.',
  pitfalls: [
    'The pair of the main account can do everything, subaccounts included.',
    'The id of a subaccount begins with SA.',
  ],
});
