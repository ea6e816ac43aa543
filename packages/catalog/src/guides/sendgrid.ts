/** The set-up guide of the provider template "Twilio SendGrid". Words only. */
import { defineGuide } from '../guide.ts';

export const sendgrid = defineGuide({
  template: 'sendgrid',
  summary: 'Transactional and marketing e-mail',
  keywords: ['email', 'transactional', 'smtp', 'twilio', 'marketing'],
  tile: { monogram: 'SG', hue: 200 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://app.sendgrid.com/settings/api_keys' },
  steps: [
    'Open **Settings** and go to **API Keys**.',
    'Choose **Create API Key** and name it after the program.',
    'Pick **Custom Access** (older pages call it **Restricted Access**) and open only what it needs, such as **Mail Send**.',
    'Choose **Create & View** and copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 'SG.….…, 69 characters' },
  },
  scopes: [{ name: 'Mail Send', why: 'sends mail, and nothing else' }],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists what the key may do.',
  pitfalls: [
    'Regional subusers in the EU have a host of their own.',
    'The sender has to be verified, or sending is refused though the key is right.',
    "What a key may do can be changed later; its value can't be shown again.",
  ],
});
