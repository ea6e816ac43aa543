/** The set-up guide of the provider template "Voyage AI". Words only. */
import { defineGuide } from '../guide.ts';

export const voyage = defineGuide({
  template: 'voyage',
  summary: 'Embeddings and reranking for search',
  keywords: ['embeddings', 'rerank', 'rag', 'vector', 'mongodb'],
  tile: { monogram: 'Vo', hue: 178 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://dashboard.voyageai.com/' },
  steps: [
    'Open **API keys** in the dashboard.',
    'Choose **Create new secret key** and name it after the program.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'pa-…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: null,
  pitfalls: [
    'Without a payment method the limits are very low.',
    'No call is free of charge, so the vault has none to try the key with.',
  ],
});
