/** The set-up guide of the provider template "Doppler". Words only. */
import { defineGuide } from '../guide.ts';

export const doppler = defineGuide({
  template: 'doppler',
  summary: 'Secrets and configurations of projects',
  keywords: ['secrets', 'config', 'environment variables'],
  tile: { monogram: 'Do', hue: 265 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://dashboard.doppler.com/' },
  steps: [
    'For one config, open it and go to **Access**; for the account, use **Tokens** or **Service Accounts** in the team settings.',
    'Generate a service token with read access, named after the program, with an expiry.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'dp.st.…' },
  },
  scopes: [],
  expires:
    'As chosen when it is made; by default never. Make a second one, replace it here, then revoke the first.',
  test_call: 'Says what kind of token it is and what it belongs to.',
  pitfalls: [
    'A service token (dp.st.…) reads one config; a personal token (dp.pt.…) can do all that its owner can.',
    'What the API answers are secrets themselves: give this grant to few.',
  ],
});
