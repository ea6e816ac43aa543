/** The set-up guide of the provider template "Adyen". Words only. */
import { defineGuide } from '../guide.ts';

export const adyen = defineGuide({
  template: 'adyen',
  summary: 'Payments, payouts and accounts (management and checkout)',
  keywords: ['payments', 'checkout', 'payouts', 'merchant'],
  tile: { monogram: 'Ad', hue: 145 },
  checked: 'from_memory',
  key_page: { label: 'Customer Area', url: 'https://ca-live.adyen.com/' },
  steps: [
    'Sign in to the Customer Area, the live or the test one, and open **Developers**, **API credentials**.',
    'Choose **Create new credential**, as a web service user, and describe it.',
    'Generate the **API key** under **Authentication** and copy it: it is shown once.',
    'Give it only the roles and accounts that it needs, and choose **Save changes**.',
  ],
  values: {
    token: { where: 'Shown once, when the API key is generated.', looks: 'AQE…' },
  },
  scopes: [
    {
      name: 'Management API—API credentials read and write',
      why: 'only where the program manages credentials',
    },
    { name: 'Checkout webservice role', why: 'makes payments' },
  ],
  expires:
    'Keys do not expire. When a new one is generated, the old one stays valid for 24 hours: replace it here in that time.',
  test_call: 'Reads the credential itself, in the live environment.',
  pitfalls: [
    'Test and live have keys and hosts of their own; test keys fail the test call.',
    'Live checkout hosts carry a prefix of your company: name that host when the secret is stored.',
    'An allowed-IP list of the credential has to hold the address of the vault.',
  ],
});
