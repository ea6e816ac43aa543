/** The set-up guide of the provider template "OpenAI". Words only. */
import { defineGuide } from '../guide.ts';

export const openai = defineGuide({
  template: 'openai',
  summary: 'Language, image, speech and embedding models',
  keywords: ['gpt', 'chatgpt', 'llm', 'embeddings', 'whisper', 'responses'],
  tile: { monogram: 'AI', hue: null },
  checked: 'vendor_docs',
  key_page: { label: 'API keys', url: 'https://platform.openai.com/api-keys' },
  steps: [
    'Open **API keys** and pick the project that is to be billed.',
    'Choose **Create new secret key** and name it after the program that will use it; for a server, let a project owner make it for a service account.',
    'Set **Permissions** to **Restricted** and allow what the program calls, or **Read only**.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, in the window that opens when the key is made.', looks: 'sk-…' },
  },
  scopes: [
    {
      name: 'Restricted',
      why: 'lets the key reach only the endpoints that you choose, each with none, read or write',
    },
    { name: 'Read only', why: 'enough for the test call and for listing' },
  ],
  expires:
    'Keys live until somebody deletes them, unless the organization sets an expiry. To rotate, make a second key, replace it here, then delete the first.',
  test_call: 'Lists the models that the key may use.',
  pitfalls: [
    'A key of one project does not see files, assistants or limits of another.',
    'Admin keys belong to the administration endpoints and are of no use for models.',
    'A service account has its own keys, which outlive the people who leave.',
  ],
});
