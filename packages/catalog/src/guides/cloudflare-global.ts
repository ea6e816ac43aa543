/** The set-up guide of the provider template "Cloudflare (global API key)". Words only. */
import { defineGuide } from '../guide.ts';

export const cloudflareGlobal = defineGuide({
  template: 'cloudflare_global',
  summary: "All of Cloudflare, with the account's own key (legacy)",
  keywords: ['dns', 'cdn', 'legacy', 'global key'],
  tile: { monogram: 'Cf', hue: 27 },
  checked: 'from_memory',
  key_page: { label: 'API tokens', url: 'https://dash.cloudflare.com/profile/api-tokens' },
  steps: [
    'Ask first whether an API token with few permissions would do: this key can do everything that you can.',
    'Open **My Profile** and go to **API Tokens**.',
    'Choose **View** beside **Global API Key** and confirm with your password.',
    'Copy the key.',
  ],
  values: {
    email: { where: 'The e-mail address with which you sign in at Cloudflare.' },
    api_key: {
      where: 'On the page API Tokens, under Global API Key; it can be shown again.',
      looks: '37 hexadecimal characters',
    },
  },
  scopes: [],
  expires:
    'The key lives until it is changed on the same page, which ends the old one at once: replace it here right after.',
  test_call: 'Reads the user that the key belongs to.',
  pitfalls: [
    "It can't be limited to a zone, a permission or an address.",
    'Everything that uses it breaks when it is changed.',
  ],
});
