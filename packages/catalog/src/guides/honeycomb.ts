/** The set-up guide of the provider template "Honeycomb". Words only. */
import { defineGuide } from '../guide.ts';

export const honeycomb = defineGuide({
  template: 'honeycomb',
  summary: 'Events, queries, boards, triggers and SLOs',
  keywords: ['tracing', 'observability', 'events', 'slo'],
  tile: { monogram: 'Hc', hue: 40 },
  checked: 'from_memory',
  key_page: { label: 'Honeycomb', url: 'https://ui.honeycomb.io/account' },
  steps: [
    'Open **Account**, **Team settings**, or **Manage Environments** and pick the environment.',
    'Go to **API Keys** and make a configuration key.',
    'Name it after the program and switch on only the permissions that it needs.',
    'Copy the key.',
  ],
  values: {
    token: {
      where: 'In the list of API keys, or shown once, when it is made.',
      looks: '22 letters and digits, or more',
    },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Says which team and environment the key belongs to, and what it may do.',
  pitfalls: [
    'Ingest keys only send events.',
    'Teams in the EU are served by api.eu1.honeycomb.io.',
    'Management keys for version 2 of the API go in another header.',
  ],
});
