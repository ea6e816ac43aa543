/** The set-up guide of the provider template "Atlassian Statuspage". Words only. */
import { defineGuide } from '../guide.ts';

export const statuspage = defineGuide({
  template: 'statuspage',
  summary: 'Status pages, components, incidents',
  keywords: ['status page', 'incidents', 'atlassian', 'components'],
  tile: { monogram: 'Sp', hue: 216 },
  checked: 'from_memory',
  key_page: { label: 'Manage', url: 'https://manage.statuspage.io/' },
  steps: [
    'Sign in to the management interface and open **API info** from the menu of your picture.',
    'Choose **Create key** and name it after the program.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'Under API info.', looks: 'a UUID, or 32 letters and digits' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the pages.',
  pitfalls: [
    'The key goes with the scheme "OAuth", which the vault adds.',
    'A key can change everything on all pages of its user.',
    'One call a second is allowed for each key.',
  ],
});
