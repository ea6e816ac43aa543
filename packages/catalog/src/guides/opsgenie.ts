/** The set-up guide of the provider template "Opsgenie". Words only. */
import { defineGuide } from '../guide.ts';

export const opsgenie = defineGuide({
  template: 'opsgenie',
  summary: 'Alerts, schedules and on-call of Opsgenie (being retired)',
  keywords: ['alerts', 'on-call', 'incidents', 'atlassian'],
  tile: { monogram: 'Og', hue: 220 },
  checked: 'from_memory',
  key_page: { label: 'API key management', url: 'https://app.opsgenie.com/settings/api-key-management' },
  steps: [
    'Open **Settings** and go to **API key management**.',
    'Choose **Add new API key** and name it after the program.',
    'Give it only the access rights that it needs, and switch it on.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'In the list of API keys.', looks: 'a UUID' },
  },
  scopes: [
    { name: 'Read', why: 'reads alerts and schedules' },
    { name: 'Create and update', why: 'opens and changes alerts' },
    { name: 'Configuration access', why: 'the account and its settings, and the test call' },
  ],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the account.',
  pitfalls: [
    'Atlassian has announced the end of Opsgenie; plan the move to Jira Service Management.',
    'The key goes with the scheme "GenieKey".',
    'Keys of an integration of a team can do less, and fail the test call.',
    'Accounts in the EU are served by api.eu.opsgenie.com.',
  ],
});
