/** The set-up guide of the provider template "PagerDuty". Words only. */
import { defineGuide } from '../guide.ts';

export const pagerduty = defineGuide({
  template: 'pagerduty',
  summary: 'Incidents, schedules, services and on-call',
  keywords: ['incidents', 'on-call', 'alerts', 'schedules'],
  tile: { monogram: 'PD', hue: 135 },
  checked: 'vendor_docs',
  key_page: null,
  steps: [
    'Sign in to PagerDuty as an admin and open **Integrations**, **API Access Keys** under **Developer Tools**; for a key with your own rights, **My Profile**, **User Settings**.',
    'Choose **Create New API Key**, describe its use, tick **Read-only API Key** where that is enough, and choose **Create Key**.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: '20 letters, digits, + and -' },
  },
  scopes: [{ name: 'Read-only API Key', why: 'reads everything and changes nothing' }],
  expires:
    'Keys live until they are deleted or disabled. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists what the account is able to do.',
  pitfalls: [
    'The key goes with "Token token=", which the vault adds.',
    'Some calls want the header From with the e-mail address of a user.',
    'Events are sent with an integration key in the body, to another host.',
  ],
});
