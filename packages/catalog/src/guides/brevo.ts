/** The set-up guide of the provider template "Brevo". Words only. */
import { defineGuide } from '../guide.ts';

export const brevo = defineGuide({
  template: 'brevo',
  summary: 'Transactional and campaign e-mail, SMS, contacts',
  keywords: ['email', 'sms', 'sendinblue', 'newsletter', 'contacts'],
  tile: { monogram: 'Bv', hue: 150 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://app.brevo.com/settings/keys/api' },
  steps: [
    'Open **SMTP & API** in the settings and go to **API Keys**.',
    'Choose **Generate a new API key** and name it after the program.',
    'Copy the key: it is shown once.',
    'If blocking of unknown addresses is on, add the address of the vault under **Authorized IPs**.',
  ],
  values: {
    token: { where: 'Shown once, when the key is generated.', looks: 'xkeysib-…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the account: its plan and credits.',
  pitfalls: [
    'SMTP keys (xsmtpsib-…) are for mail servers and do not work here.',
    'Calls from an address that is not authorized answer 401, though the key is right.',
  ],
});
