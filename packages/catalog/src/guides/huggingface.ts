/** The set-up guide of the provider template "Hugging Face". Words only. */
import { defineGuide } from '../guide.ts';

export const huggingface = defineGuide({
  template: 'huggingface',
  summary: 'Models, data sets, inference and the Hub',
  keywords: ['models', 'datasets', 'inference', 'hub', 'transformers'],
  tile: { monogram: 'HF', hue: 45 },
  checked: 'vendor_docs',
  key_page: { label: 'Access tokens', url: 'https://huggingface.co/settings/tokens' },
  steps: [
    'Open **Access Tokens** in your settings.',
    'Choose **Create new token** and the type **Fine-grained**.',
    'Allow only the repositories and rights that the program needs.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is made.', looks: 'hf_…' },
  },
  scopes: [
    { name: 'Fine-grained', why: 'names the repositories and the rights one by one' },
    { name: 'Read', why: 'enough for downloads of all that you can see' },
  ],
  expires:
    'Tokens live until they are deleted or refreshed. Make a second one, replace it here, then delete the first.',
  test_call: 'Says whose token it is.',
  pitfalls: [
    'Gated models need their conditions accepted by the account, besides the token.',
    'Downloads redirect to other hosts; the vault hands the redirect to the caller and sends no token there.',
  ],
});
