/** The set-up guide of the provider template "Langfuse". Words only. */
import { defineGuide } from '../guide.ts';

export const langfuse = defineGuide({
  template: 'langfuse',
  summary: 'Traces, prompts and evaluations of language model applications',
  keywords: ['tracing', 'observability', 'llm', 'prompts', 'evals'],
  tile: { monogram: 'Lf', hue: 5 },
  checked: 'vendor_docs',
  key_page: { label: 'Langfuse Cloud', url: 'https://cloud.langfuse.com/' },
  steps: [
    'Open the project and go to **Project Settings**, **API Keys**.',
    'Choose **Create new API keys**.',
    'Pick the least **Permissions**, and an expiration if you like.',
    'Copy both parts: the secret key is shown once.',
  ],
  values: {
    public_key: { where: 'Beside the secret key, and in the list of keys afterwards.', looks: 'pk-lf-…' },
    secret_key: { where: 'Shown once, when the keys are made.', looks: 'sk-lf-…' },
  },
  scopes: [
    { name: 'Viewer', why: 'reads the data of the project, and nothing else' },
    { name: 'Ingestion', why: 'writes traces, scores and media, and reads nothing' },
    { name: 'Scores ingestion', why: 'writes scores only' },
  ],
  expires:
    "By default never; an expiration can be chosen when the keys are made. Their permissions can't be changed: make new keys, replace them here, then delete the old ones.",
  test_call: 'Reads the project that the keys belong to.',
  pitfalls: [
    'Keys of the EU, US and HIPAA regions, and of your own installation, are for their own hosts.',
    'Keys that only write fail the test call.',
  ],
});
