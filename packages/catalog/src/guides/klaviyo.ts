/** The set-up guide of the provider template "Klaviyo". Words only. */
import { defineGuide } from '../guide.ts';

export const klaviyo = defineGuide({
  template: 'klaviyo',
  summary: 'Profiles, lists, events and campaigns',
  keywords: ['email', 'sms', 'marketing', 'profiles', 'e-commerce'],
  tile: { monogram: 'Kl', hue: null },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://www.klaviyo.com/settings/account/api-keys' },
  steps: [
    'Open **Settings** and go to **API keys**.',
    'Choose **Create Private API Key** and name it after the program.',
    'Pick **Custom Key** and give each part none, read, or full access.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 'pk_…' },
  },
  scopes: [
    { name: 'accounts:read', why: 'the test call' },
    { name: 'profiles:read', why: 'reads profiles' },
    { name: 'events:write', why: 'sends events' },
  ],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the account.',
  pitfalls: [
    "The scopes of a key can't be changed later.",
    'The public key of six characters is for web pages, not for this API.',
    'Each call names a revision, a date; the template has one where the caller sends none.',
  ],
});
