/** The set-up guide of the provider template "Perplexity". Words only. */
import { defineGuide } from '../guide.ts';

export const perplexity = defineGuide({
  template: 'perplexity',
  summary: 'Answers with sources from the web: Sonar models and search',
  keywords: ['search', 'sonar', 'answers', 'llm', 'web'],
  tile: { monogram: 'Px', hue: 188 },
  checked: 'from_memory',
  key_page: { label: 'API settings', url: 'https://www.perplexity.ai/account/api' },
  steps: [
    'Open the API part of your account settings and set up billing.',
    'Go to **API Keys** and generate a key for this program.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'Shown when the key is made.', looks: 'pplx-…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: null,
  pitfalls: [
    'Calls need credit, whatever the subscription of the account is.',
    'No call is free of charge, so the vault has none to try the key with.',
  ],
});
