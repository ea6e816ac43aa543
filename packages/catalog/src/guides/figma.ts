/** The set-up guide of the provider template "Figma". Words only. */
import { defineGuide } from '../guide.ts';

export const figma = defineGuide({
  template: 'figma',
  summary: 'Files, images, comments and variables of Figma',
  keywords: ['design', 'files', 'images', 'comments'],
  tile: { monogram: 'Fi', hue: 12 },
  checked: 'vendor_docs',
  key_page: { label: 'Settings', url: 'https://www.figma.com/settings' },
  steps: [
    'Open **Settings** from the menu of your account and go to **Security**.',
    'Choose **Generate new token** under personal access tokens.',
    'Name it, set its expiration, and pick the scopes that the program needs.',
    'Choose **Generate token** and copy it: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'figd_…' },
  },
  scopes: [
    { name: 'current_user:read', why: 'the test call' },
    { name: 'file_content:read', why: 'reads files and renders images' },
    { name: 'file_comments:read', why: 'reads comments' },
  ],
  expires:
    'At most 90 days. Make the next one before that, and replace it here; set a reminder with the secret.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'A token reaches the files that its owner can open, and no others.',
    'Limits depend on the seat and the plan of the owner.',
  ],
});
