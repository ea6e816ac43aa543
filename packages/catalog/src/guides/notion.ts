/** The set-up guide of the provider template "Notion". Words only. */
import { defineGuide } from '../guide.ts';

export const notion = defineGuide({
  template: 'notion',
  summary: 'Pages, databases, blocks and comments',
  keywords: ['wiki', 'pages', 'databases', 'notes', 'docs'],
  tile: { monogram: 'No', hue: null },
  checked: 'from_memory',
  key_page: { label: 'Integrations', url: 'https://www.notion.so/profile/integrations' },
  steps: [
    'Open the page of integrations and choose **New integration**.',
    'Pick the workspace and make it internal.',
    'Under the capabilities, allow only what the program needs.',
    "Copy the integration's secret.",
    'Give it access to the pages that it may reach: its own access settings, or the connections in the menu of each page.',
  ],
  values: {
    token: { where: 'In the configuration of the integration; it can be shown again.', looks: 'ntn_…' },
  },
  scopes: [
    { name: 'Read content', why: 'reads pages and databases that are shared with it' },
    { name: 'Insert content', why: 'adds pages and blocks' },
    { name: 'Update content', why: 'changes them' },
  ],
  expires:
    'The secret lives until it is refreshed in the configuration, which ends the old one at once: replace it here right after.',
  test_call: 'Reads the bot user of the integration.',
  pitfalls: [
    'What is not shared with the integration does not exist for it: 404 often means that a page is not connected.',
    'Older secrets begin with secret_ and go on working.',
  ],
});
