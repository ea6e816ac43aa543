/** The set-up guide of the provider template "ActiveCampaign". Words only. */
import { defineGuide } from '../guide.ts';

export const activecampaign = defineGuide({
  template: 'activecampaign',
  summary: 'Contacts, campaigns and automations',
  keywords: ['email', 'crm', 'automation', 'contacts'],
  tile: { monogram: 'AC', hue: 222 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Open **Settings** in your account and go to **Developer**.',
    'Copy the API access: its URL and its key.',
    'For a program of its own, make a user with few rights and take the key of that user.',
  ],
  values: {
    token: { where: 'On the page Developer of the settings; it can be shown again.' },
    host: {
      where: "The host in the API URL on the same page; do not build it from the account's name.",
      looks: 'acme.api-us1.com',
    },
  },
  scopes: [],
  expires: 'The key lives until it is reset, which ends the old one at once: replace it here right after.',
  test_call: 'Reads the user that the key belongs to.',
  pitfalls: ["Each user has a key of their own, with that user's rights."],
});
