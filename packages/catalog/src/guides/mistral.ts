/** The set-up guide of the provider template "Mistral AI". Words only. */
import { defineGuide } from '../guide.ts';

export const mistral = defineGuide({
  template: 'mistral',
  summary: 'Mistral models: chat, code, embeddings, OCR',
  keywords: ['llm', 'chat', 'codestral', 'embeddings', 'ocr'],
  tile: { monogram: 'Mi', hue: 20 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://console.mistral.ai/api-keys' },
  steps: [
    'Open **API keys** of the workspace in the console.',
    'Choose **Create new key**, name it after the program, and set an expiry if you like.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: '32 letters and digits' },
  },
  scopes: [],
  expires:
    'As chosen when the key is made; by default never. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the models that the key may use.',
  pitfalls: [
    'A new key may take a few minutes until it works.',
    'Codestral has an endpoint and keys of its own.',
  ],
});
