/** The set-up guide of the provider template "Netlify". Words only. */
import { defineGuide } from '../guide.ts';

export const netlify = defineGuide({
  template: 'netlify',
  summary: 'Sites, deploys, forms and functions',
  keywords: ['hosting', 'deploys', 'sites', 'functions'],
  tile: { monogram: 'Nt', hue: 178 },
  checked: 'from_memory',
  key_page: { label: 'Personal access tokens', url: 'https://app.netlify.com/user/applications' },
  steps: [
    'Open **User settings** and go to **Applications**.',
    'Choose **New access token** under personal access tokens, name it, and set its expiration.',
    'If your team uses single sign-on, allow the token to reach it.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'nfp_…' },
  },
  scopes: [],
  expires: 'As chosen when it is made. Make the next one before that, and replace it here.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: ['A token can do all that its owner can, in all teams.'],
});
