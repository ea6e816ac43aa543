/** The set-up guide of the provider template "Algolia". Words only. */
import { defineGuide } from '../guide.ts';

export const algolia = defineGuide({
  template: 'algolia',
  summary: 'Search and recommendations over your own data',
  keywords: ['search', 'index', 'recommend'],
  tile: { monogram: 'Al', hue: 228 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://dashboard.algolia.com/account/api-keys' },
  steps: [
    'Open **API Keys** in the settings of the application.',
    'Go to **All API Keys** and choose **New API Key**.',
    'Name the indices, pick only the ACLs that the program needs, and set a validity if you like.',
    'Copy key and application ID.',
  ],
  values: {
    app_id: {
      where: 'At the top of the page API Keys; it is also part of the host.',
      looks: '10 letters and digits',
    },
    api_key: { where: 'In the list of API keys; it can be shown again.', looks: '32 hexadecimal characters' },
  },
  scopes: [
    { name: 'search', why: 'searches the indices that are named' },
    { name: 'listIndexes', why: 'the test call' },
    { name: 'addObject', why: 'adds and changes records' },
  ],
  expires:
    'Without a validity, keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the indices.',
  pitfalls: [
    'The admin key can do everything, deleting too; make a key of your own.',
    'A search-only key is public by design and fails the test call.',
  ],
});
