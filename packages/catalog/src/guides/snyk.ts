/** The set-up guide of the provider template "Snyk". Words only. */
import { defineGuide } from '../guide.ts';

export const snyk = defineGuide({
  template: 'snyk',
  summary: 'Vulnerabilities of code, dependencies and containers',
  keywords: ['security', 'vulnerabilities', 'dependencies', 'sast'],
  tile: { monogram: 'Sn', hue: 255 },
  checked: 'from_memory',
  key_page: { label: 'Account settings', url: 'https://app.snyk.io/account' },
  steps: [
    'For a program, make a service account in the settings of the organization or group, under **Service Accounts**, with the least role.',
    'For yourself, open **Account Settings** and show the **Auth Token**.',
    'Copy the token.',
  ],
  values: {
    token: { where: 'Shown once for a service account; in the account settings for yours.', looks: 'a UUID' },
  },
  scopes: [],
  expires:
    'A token of an account lives until it is revoked and made anew, which ends the old one at once. For a service account make a second one, replace it here, then delete the first.',
  test_call: 'Says who the token belongs to.',
  pitfalls: [
    'The token goes with the scheme "token", not "Bearer".',
    'Access to the API depends on the plan.',
    'Accounts in other regions have hosts of their own.',
  ],
});
