/** The set-up guide of the provider template "CircleCI". Words only. */
import { defineGuide } from '../guide.ts';

export const circleci = defineGuide({
  template: 'circleci',
  summary: 'Pipelines, workflows and jobs',
  keywords: ['ci', 'builds', 'pipelines', 'devops'],
  tile: { monogram: 'Ci', hue: 150 },
  checked: 'vendor_docs',
  key_page: { label: 'Personal API tokens', url: 'https://app.circleci.com/settings/user/tokens' },
  steps: [
    'Open **User Settings** and go to **Personal API Tokens**.',
    'Choose **Create New Token**, name it after the program, and pick its expiry date.',
    'Choose **Add API Token** and copy it: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: 'CCIPAT_…' },
  },
  scopes: [],
  expires:
    'On the date that is chosen when it is made, a year later at most. Make a second one in time, replace it here, then revoke the first.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'A personal token can do all that its owner can; give programs a machine user.',
    'Tokens of a project do not work with version 2 of the API.',
  ],
});
