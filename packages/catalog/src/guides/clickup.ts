/** The set-up guide of the provider template "ClickUp". Words only. */
import { defineGuide } from '../guide.ts';

export const clickup = defineGuide({
  template: 'clickup',
  summary: 'Tasks, lists, docs and goals',
  keywords: ['tasks', 'projects', 'work management', 'docs'],
  tile: { monogram: 'Cu', hue: 262 },
  checked: 'from_memory',
  key_page: { label: 'ClickUp', url: 'https://app.clickup.com/' },
  steps: [
    'Open your settings from the picture of your account and go to **ClickUp API**, below **Apps** in older workspaces.',
    'Choose **Generate** under the personal API token.',
    'Copy the token.',
  ],
  values: {
    token: { where: 'In your settings, where the token was generated.', looks: 'pk_…' },
  },
  scopes: [],
  expires:
    'The token lives until it is generated anew, which ends the old one at once: replace it here right after.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'The token is sent as it is, without "Bearer".',
    'Each person has one personal token; whatever else uses it breaks when it is generated anew.',
    'It can do all that its owner can.',
  ],
});
