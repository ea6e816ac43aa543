/** The set-up guide of the provider template "Vonage (Nexmo)". Words only. */
import { defineGuide } from '../guide.ts';

export const vonage = defineGuide({
  template: 'vonage',
  summary: 'SMS, numbers and verification (formerly Nexmo)',
  keywords: ['sms', 'nexmo', 'messages', 'verify', 'numbers'],
  tile: { monogram: 'Vo', hue: 270 },
  checked: 'from_memory',
  key_page: { label: 'API settings', url: 'https://dashboard.nexmo.com/settings' },
  steps: [
    'Sign in to the API dashboard and open **API settings**.',
    'Copy the API key, and the API secret that belongs to it.',
    'Where the account secret is not shown, make a new one there.',
  ],
  values: {
    api_key: { where: 'In the API settings.', looks: '8 letters and digits' },
    api_secret: { where: 'In the API settings; an account can have two.' },
  },
  scopes: [],
  expires:
    'Secrets live until they are revoked. An account can have two: make the second, replace it here, then revoke the first.',
  test_call: 'Reads the balance.',
  pitfalls: [
    'Voice and Messages sign with a private key and are not covered by this template.',
    'The secret can do everything in the account.',
  ],
});
