/** The set-up guide of the provider template "DeepL". Words only. */
import { defineGuide } from '../guide.ts';

export const deepl = defineGuide({
  template: 'deepl',
  summary: 'Translation of texts and documents',
  keywords: ['translation', 'language', 'documents', 'glossary'],
  tile: { monogram: 'De', hue: 205 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://www.deepl.com/your-account/keys' },
  steps: [
    'Subscribe to a plan of the API; the one of the translator is another.',
    'Open your account and go to **API Keys**.',
    'Choose **Create key**, name it after the program, and set a limit of characters if you like.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'In the list of API keys.', looks: 'a UUID; with :fx at its end for the free plan' },
  },
  scopes: [],
  expires:
    'Keys live until they are deactivated. Make a second one, replace it here, then deactivate the first.',
  test_call: 'Reads how many characters were used.',
  pitfalls: [
    'Keys of the free plan (ending in :fx) belong to api-free.deepl.com and fail the test call.',
    'The key goes with the scheme "DeepL-Auth-Key", which the vault adds.',
  ],
});
