/** The set-up guide of the provider template "Pinecone". Words only. */
import { defineGuide } from '../guide.ts';

export const pinecone = defineGuide({
  template: 'pinecone',
  summary: 'Vector database: indexes, embeddings, reranking',
  keywords: ['vector', 'embeddings', 'rag', 'database', 'index'],
  tile: { monogram: 'Pi', hue: 230 },
  checked: 'from_memory',
  key_page: { label: 'Console', url: 'https://app.pinecone.io/' },
  steps: [
    'Open the project in the console and go to **API keys**.',
    'Choose **Create API key**, name it after the program, and choose its permissions.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'pcsk_…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the indexes of the project.',
  pitfalls: [
    'A key belongs to one project.',
    'Each index has a host of its own; read it from the list of indexes.',
    "A key without rights to the control plane can't list indexes and fails the test call.",
  ],
});
