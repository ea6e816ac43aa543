/** The set-up guide of the provider template "IPinfo". Words only. */
import { defineGuide } from '../guide.ts';

export const ipinfo = defineGuide({
  template: 'ipinfo',
  summary: 'Where an IP address is, and whose',
  keywords: ['ip', 'geolocation', 'asn', 'privacy'],
  tile: { monogram: 'IP', hue: 205 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://ipinfo.io/dashboard/token' },
  steps: ['Sign in and open the token in the dashboard.', 'Copy it.'],
  values: {
    token: { where: 'In the dashboard; it can be shown again.', looks: '14 hexadecimal characters' },
  },
  scopes: [],
  expires:
    'The token lives until it is reset in the dashboard, which ends the old one at once: replace it here right after.',
  test_call: 'Looks up the address that the call comes from, in the free data set.',
  pitfalls: ['What is answered depends on the plan.', 'An account has one token for everything.'],
});
