/** The set-up guide of the provider template "OpenRouter". Words only. */
import { defineGuide } from '../guide.ts';

export const openrouter = defineGuide({
  template: 'openrouter',
  summary: 'One API for the models of many vendors',
  keywords: ['llm', 'router', 'models', 'gateway'],
  tile: { monogram: 'OR', hue: 240 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://openrouter.ai/settings/keys' },
  steps: [
    'Open **Keys** in the settings.',
    'Choose to create a key, name it after the program, and set a credit limit.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'sk-or-v1-…' },
  },
  scopes: [],
  expires:
    'Keys live until they are deleted, unless an expiry was chosen. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the limits and the use of the key itself.',
  pitfalls: [
    'Without a credit limit, a key can spend the whole balance of the account.',
    'Provisioning keys only manage other keys; they call no models.',
  ],
});
