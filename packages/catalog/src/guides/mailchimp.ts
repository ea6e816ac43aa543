/** The set-up guide of the provider template "Mailchimp Marketing". Words only. */
import { defineGuide } from '../guide.ts';

export const mailchimp = defineGuide({
  template: 'mailchimp',
  summary: 'Audiences, campaigns and automations',
  keywords: ['email', 'newsletter', 'audiences', 'campaigns'],
  tile: { monogram: 'Mc', hue: 50 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://admin.mailchimp.com/account/api/' },
  steps: [
    'Open **Extras** in your account and go to **API keys**.',
    'Choose **Create A Key** and name it after the program.',
    'Copy the key: it is shown once.',
    'Take the data center from its end.',
  ],
  values: {
    token: {
      where: 'Shown once, when the key is generated.',
      looks: '32 hexadecimal characters, a dash, the data center',
    },
    dc: { where: 'What stands in the key after the last dash.', looks: 'us19' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Pings the API.',
  pitfalls: [
    'A key can do all that its user can.',
    'Mailchimp Transactional (Mandrill) is another API with other keys.',
  ],
});
