/** The set-up guide of the provider template "Intercom". Words only. */
import { defineGuide } from '../guide.ts';

export const intercom = defineGuide({
  template: 'intercom',
  summary: 'Conversations, contacts and articles',
  keywords: ['support', 'chat', 'contacts', 'helpdesk'],
  tile: { monogram: 'Ic', hue: 215 },
  checked: 'from_memory',
  key_page: { label: 'Developer Hub', url: 'https://app.intercom.com/a/apps/_/developer-hub' },
  steps: [
    'Open the Developer Hub and choose **New app** for the workspace.',
    'Go to **Authentication** under **Configure**.',
    'Choose **Edit**, keep only the permissions that the program needs, and save.',
    'Copy the access token.',
  ],
  values: {
    token: { where: 'In the app, under Authentication.' },
  },
  scopes: [],
  expires: 'The token lives until it is regenerated or the app is removed: replace it here right after.',
  test_call: 'Reads the admin and the workspace that the token belongs to.',
  pitfalls: [
    'Workspaces in the EU or Australia have hosts of their own.',
    "For data of other people's workspaces Intercom wants OAuth, not such a token.",
  ],
});
