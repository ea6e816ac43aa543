/** The set-up guide of the provider template "DeepSeek". Words only. */
import { defineGuide } from '../guide.ts';

export const deepseek = defineGuide({
  template: 'deepseek',
  summary: 'Chat and reasoning models, in the form of the OpenAI API',
  keywords: ['llm', 'chat', 'reasoning', 'r1', 'v3'],
  tile: { monogram: 'DS', hue: 228 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://platform.deepseek.com/api_keys' },
  steps: [
    'Open **API keys** on the platform.',
    'Choose **Create new API key** and name it after the program.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'sk-…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the models.',
  pitfalls: ['Calls are prepaid: with an empty balance they answer 402, though the key is right.'],
});
