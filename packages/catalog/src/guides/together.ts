/** The set-up guide of the provider template "Together AI". Words only. */
import { defineGuide } from '../guide.ts';

export const together = defineGuide({
  template: 'together',
  summary: 'Open models for chat, images and fine-tuning',
  keywords: ['llm', 'llama', 'inference', 'images', 'fine-tuning'],
  tile: { monogram: 'To', hue: 220 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://api.together.ai/settings/api-keys' },
  steps: [
    'Open **API Keys** in the settings, in the right project.',
    'Make a key named after the program.',
    'Copy it.',
  ],
  values: {
    token: { where: 'In the settings, under API keys.' },
  },
  scopes: [],
  expires:
    'Keys live until they are deleted, unless an expiry was chosen. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the models.',
  pitfalls: ['Many examples still name the older host api.together.xyz; use the one of this template.'],
});
