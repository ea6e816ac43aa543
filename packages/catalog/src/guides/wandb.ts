/** The set-up guide of the provider template "Weights & Biases". Words only. */
import { defineGuide } from '../guide.ts';

export const wandb = defineGuide({
  template: 'wandb',
  summary: 'Experiments, runs, artifacts and models of Weights & Biases',
  keywords: ['ml', 'experiments', 'runs', 'artifacts', 'weave'],
  tile: { monogram: 'WB', hue: 43 },
  checked: 'from_memory',
  key_page: { label: 'Authorize', url: 'https://wandb.ai/authorize' },
  steps: [
    'Sign in and open the API keys in your user settings.',
    'For a program, let an admin of the organization make a service account and its key.',
    'Copy the key.',
  ],
  values: {
    token: {
      where:
        'In the user settings, under API keys. It is sent as the password; the user name is always "api".',
    },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Asks the GraphQL API who the key belongs to.',
  pitfalls: [
    'The API is GraphQL: a policy has to look at the operation in the body, not only at the path.',
    'The key of a person can do all that the person can.',
  ],
});
