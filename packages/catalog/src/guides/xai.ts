/** The set-up guide of the provider template "xAI". Words only. */
import { defineGuide } from '../guide.ts';

export const xai = defineGuide({
  template: 'xai',
  summary: 'Grok models: chat, images, search',
  keywords: ['grok', 'llm', 'chat', 'images'],
  tile: { monogram: 'XA', hue: null },
  checked: 'from_memory',
  key_page: { label: 'Console', url: 'https://console.x.ai/' },
  steps: [
    'Open **API Keys** of your team in the console.',
    'Choose **Create API key**, name it after the program, and allow only the endpoints and models that it needs.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'xai-…' },
  },
  scopes: [],
  expires:
    'Keys live until they are deleted, unless an expiry was chosen. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the models that the key may use.',
  pitfalls: ['A key that may not list models fails the test call, though it works elsewhere.'],
});
