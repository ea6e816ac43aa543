/** The set-up guide of the provider template "Exa". Words only. */
import { defineGuide } from '../guide.ts';

export const exa = defineGuide({
  template: 'exa',
  summary: 'Web search for language models: search, contents, answers',
  keywords: ['search', 'web', 'agents', 'rag'],
  tile: { monogram: 'Ex', hue: 225 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://dashboard.exa.ai/api-keys' },
  steps: ['Open **API Keys** in the dashboard.', 'Make a key named after the program.', 'Copy it.'],
  values: {
    token: { where: 'In the list of API keys.', looks: 'a UUID' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: null,
  pitfalls: ['No call is free of charge, so the vault has none to try the key with.'],
});
