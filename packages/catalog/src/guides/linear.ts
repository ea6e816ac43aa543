/** The set-up guide of the provider template "Linear". Words only. */
import { defineGuide } from '../guide.ts';

export const linear = defineGuide({
  template: 'linear',
  summary: 'Issues, projects and cycles, by GraphQL',
  keywords: ['issues', 'tickets', 'projects', 'graphql'],
  tile: { monogram: 'Li', hue: 235 },
  checked: 'from_memory',
  key_page: { label: 'Security & access', url: 'https://linear.app/settings/account/security' },
  steps: [
    'Open **Settings** and go to **Security & access** of your account.',
    'Make a new personal API key, named after the program.',
    'Give it only the permissions and teams that it needs.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 'lin_api_…' },
  },
  scopes: [
    { name: 'Read', why: 'reads what you can see, and the test call' },
    { name: 'Create issues', why: 'opens issues and nothing else' },
    { name: 'Write', why: 'changes what you can change' },
  ],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Asks who the key belongs to.',
  pitfalls: [
    'The key is sent as it is, without "Bearer".',
    'The API is GraphQL: a policy has to look at the operation in the body, not only at the path.',
    'Admins can forbid members to make keys.',
  ],
});
