/** The set-up guide of the provider template "Rollbar". Words only. */
import { defineGuide } from '../guide.ts';

export const rollbar = defineGuide({
  template: 'rollbar',
  summary: 'Errors, occurrences and deploys',
  keywords: ['errors', 'exceptions', 'deploys', 'monitoring'],
  tile: { monogram: 'Rb', hue: 205 },
  checked: 'from_memory',
  key_page: { label: 'Rollbar', url: 'https://app.rollbar.com/' },
  steps: [
    'For one project, open its settings and go to **Project Access Tokens**; for the account, open **Account Access Tokens** in the account settings.',
    'Make a token, named after the program, with the scope read or write, not both.',
    'Copy it.',
  ],
  values: {
    token: { where: 'In the list of access tokens.', looks: '32 hexadecimal characters, or more' },
  },
  scopes: [
    { name: 'read', why: 'reads items and occurrences' },
    { name: 'write', why: 'changes them' },
    { name: 'post_server_item', why: 'reports errors, and nothing else' },
  ],
  expires:
    'Tokens live until they are deleted or disabled. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists projects, which only a token of the account may.',
  pitfalls: ['A token of a project fails the test call though it works.'],
});
