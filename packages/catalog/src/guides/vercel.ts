/** The set-up guide of the provider template "Vercel". Words only. */
import { defineGuide } from '../guide.ts';

export const vercel = defineGuide({
  template: 'vercel',
  summary: 'Projects, deployments, domains and logs',
  keywords: ['hosting', 'deployments', 'projects', 'next.js'],
  tile: { monogram: 'Ve', hue: null },
  checked: 'vendor_docs',
  key_page: { label: 'Tokens', url: 'https://vercel.com/account/tokens' },
  steps: [
    'Open **Tokens** in your account settings.',
    'Name the token after the program, pick a team as its scope or one project of it, and set its expiration.',
    'Choose **Create** and copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.' },
  },
  scopes: [],
  expires: 'On the day chosen when it is made. Make the next one before that, and replace it here.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'Calls about a team name it in the query: teamId or slug.',
    'Within its scope a token can do all that its owner can.',
  ],
});
