/** The set-up guide of the provider template "SerpApi". Words only. */
import { defineGuide } from '../guide.ts';

export const serpapi = defineGuide({
  template: 'serpapi',
  summary: 'Results of Google and other search engines as JSON',
  keywords: ['search', 'google', 'serp', 'web', 'scraping'],
  tile: { monogram: 'Se', hue: 215 },
  checked: 'from_memory',
  key_page: { label: 'API key', url: 'https://serpapi.com/manage-api-key' },
  steps: ['Sign in and open **Api Key** in your account.', 'Copy your private key.'],
  values: {
    token: {
      where: 'On the page of your private API key; it can be shown again.',
      looks: '64 hexadecimal characters',
    },
  },
  scopes: [],
  expires:
    'The key lives until it is regenerated on its page, which ends the old one at once: replace it here right after.',
  test_call: 'Reads plan and use of the account; it is no search.',
  pitfalls: [
    'The key travels in the query of each call; the vault keeps it out of its log, others on the way may not.',
  ],
});
