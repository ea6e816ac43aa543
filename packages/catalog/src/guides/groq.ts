/** The set-up guide of the provider template "Groq". Words only. */
import { defineGuide } from '../guide.ts';

export const groq = defineGuide({
  template: 'groq',
  summary: 'Open models at high speed, in the form of the OpenAI API',
  keywords: ['llm', 'llama', 'whisper', 'inference', 'lpu'],
  tile: { monogram: 'Gq', hue: 12 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://console.groq.com/keys' },
  steps: [
    'Open **API Keys** in the console, in the right project.',
    'Choose **Create API Key** and name it after the program.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'gsk_…' },
  },
  scopes: [],
  expires:
    'Keys live until they are deleted, unless an expiry was chosen. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the models that the key may use.',
  pitfalls: ['Limits belong to the organization and its projects, not to the key.'],
});
