/** The set-up guide of the provider template "LangSmith". Words only. */
import { defineGuide } from '../guide.ts';

export const langsmith = defineGuide({
  template: 'langsmith',
  summary: 'Traces, data sets and evaluations of LangChain',
  keywords: ['langchain', 'tracing', 'observability', 'evals', 'llm'],
  tile: { monogram: 'LS', hue: 170 },
  checked: 'from_memory',
  key_page: { label: 'Settings', url: 'https://smith.langchain.com/settings' },
  steps: [
    'Open **Settings** and go to **API Keys**.',
    'Choose **Create API Key**, as a service key for a program, with the workspace that it needs.',
    'Set an expiry.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'lsv2_…' },
  },
  scopes: [],
  expires: 'As chosen when the key is made. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists at most one tracing project.',
  pitfalls: [
    'Personal keys (lsv2_pt_…) act as you; service keys (lsv2_sk_…) outlive people who leave.',
    'A workspace in another region has its own host.',
  ],
});
