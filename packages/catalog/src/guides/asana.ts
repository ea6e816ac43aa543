/** The set-up guide of the provider template "Asana". Words only. */
import { defineGuide } from '../guide.ts';

export const asana = defineGuide({
  template: 'asana',
  summary: 'Tasks, projects and portfolios',
  keywords: ['tasks', 'projects', 'work management'],
  tile: { monogram: 'As', hue: 355 },
  checked: 'vendor_docs',
  key_page: { label: 'Developer console', url: 'https://app.asana.com/0/my-apps' },
  steps: [
    'Open the developer console from your profile settings, under **Apps**.',
    'Choose **Create new token** under personal access tokens, and describe its use.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.' },
  },
  scopes: [],
  expires: 'Tokens live until they are revoked. Make a second one, replace it here, then revoke the first.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'The token can do all that its owner can; for programs, give it to an account of their own.',
    'Admins of an organization can switch such tokens off. A service account (larger plans) has a token of its own.',
  ],
});
