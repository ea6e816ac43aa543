/** The set-up guide of the provider template "New Relic". Words only. */
import { defineGuide } from '../guide.ts';

export const newrelic = defineGuide({
  template: 'newrelic',
  summary: 'Queries, alerts, entities and dashboards, by GraphQL (NerdGraph)',
  keywords: ['apm', 'observability', 'nrql', 'nerdgraph', 'graphql'],
  tile: { monogram: 'NR', hue: 165 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://one.newrelic.com/api-keys' },
  steps: [
    'Open **API keys** from the menu of your user.',
    'Choose **Create a key** and the type **User**.',
    'Name it after the program and pick the account.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 'NRAK-…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Asks who the key belongs to.',
  pitfalls: [
    'A user key has the rights of its user, in all their accounts; give programs a user of their own.',
    'License and browser keys only send data.',
    'Accounts in the EU are served by api.eu.newrelic.com.',
    'A policy has to look at the operation in the body, not only at the path.',
  ],
});
