/** The set-up guide of the provider template "Cohere". Words only. */
import { defineGuide } from '../guide.ts';

export const cohere = defineGuide({
  template: 'cohere',
  summary: 'Language models, embeddings and reranking',
  keywords: ['llm', 'embeddings', 'rerank', 'command'],
  tile: { monogram: 'Co', hue: 145 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://dashboard.cohere.com/api-keys' },
  steps: [
    'Open **API keys** in the dashboard.',
    'Make a production key for real use; trial keys are free and slow.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'On the page API keys.', looks: '40 letters and digits' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the models that the key may use.',
  pitfalls: ['Trial keys have a monthly number of calls and may not be used commercially.'],
});
