/** The set-up guide of the provider template "Google Gemini API". Words only. */
import { defineGuide } from '../guide.ts';

export const gemini = defineGuide({
  template: 'gemini',
  summary: 'Gemini models with a key of Google AI Studio',
  keywords: ['google', 'llm', 'ai studio', 'multimodal', 'imagen'],
  tile: { monogram: 'Ge', hue: 217 },
  checked: 'from_memory',
  key_page: { label: 'API keys in AI Studio', url: 'https://aistudio.google.com/apikey' },
  steps: [
    'Open the page of API keys in Google AI Studio.',
    'Choose **Create API key** and pick the Google Cloud project that is to be billed.',
    'Restrict the key to the Generative Language API in the Google Cloud console, under **APIs & Services**, **Credentials**.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'In the list of keys; it can be shown again.', looks: 'AIza…' },
  },
  scopes: [],
  expires:
    'Keys live until they are deleted. Make a second one in the same project, replace it here, then delete the first.',
  test_call: 'Lists the models.',
  pitfalls: [
    'Whether calls are free or billed depends on the project, not on the key.',
    'A key that is restricted to addresses has to allow the address of the vault.',
    'Vertex AI is another API and does not take this key here.',
  ],
});
