/** The set-up guide of the provider template "Tavily". Words only. */
import { defineGuide } from '../guide.ts';

export const tavily = defineGuide({
  template: 'tavily',
  summary: 'Web search, extraction and crawling for agents',
  keywords: ['search', 'web', 'agents', 'rag', 'extract'],
  tile: { monogram: 'Ta', hue: 210 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://app.tavily.com/' },
  steps: [
    'Sign in; the overview lists your **API Keys**.',
    'Add a key named after the program, and limit its use if you like.',
    'Copy it.',
  ],
  values: {
    token: { where: 'In the list of API keys on the overview.', looks: 'tvly-…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the use of the key and the account.',
  pitfalls: ['Development keys (tvly-dev-…) have lower limits than production keys.'],
});
