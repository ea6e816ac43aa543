/** The set-up guide of the provider template "Better Stack Uptime". Words only. */
import { defineGuide } from '../guide.ts';

export const betterstack = defineGuide({
  template: 'betterstack',
  summary: 'Uptime monitors, incidents, on-call and status pages',
  keywords: ['uptime', 'monitoring', 'incidents', 'on-call', 'status page'],
  tile: { monogram: 'BS', hue: 245 },
  checked: 'from_memory',
  key_page: { label: 'Better Stack', url: 'https://betterstack.com/settings/global-api-tokens' },
  steps: [
    'Open the settings of your team or organization and go to **API tokens**.',
    'Make an Uptime API token for the team, named after the program.',
    'Copy it.',
  ],
  values: {
    token: { where: 'In the list of API tokens.' },
  },
  scopes: [],
  expires: 'Tokens live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists the first page of monitors.',
  pitfalls: [
    'A token of a team sees one team; a global one all of them.',
    'Telemetry (logs) is another API with tokens of its own.',
  ],
});
