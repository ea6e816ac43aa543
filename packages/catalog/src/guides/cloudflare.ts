/** The set-up guide of the provider template "Cloudflare (API token)". Words only. */
import { defineGuide } from '../guide.ts';

export const cloudflare = defineGuide({
  template: 'cloudflare',
  summary: 'Zones, DNS, Workers, R2 and the rest of Cloudflare, with a limited token',
  keywords: ['dns', 'cdn', 'workers', 'zones', 'waf'],
  tile: { monogram: 'Cf', hue: 27 },
  checked: 'vendor_docs',
  key_page: { label: 'API tokens', url: 'https://dash.cloudflare.com/profile/api-tokens' },
  steps: [
    'Open **My Profile** and go to **API Tokens**.',
    'Choose **Create Token** and name it; start from a template such as **Edit zone DNS**, or from scratch.',
    'Pick the permissions, and below them only the accounts or zones that the program needs.',
    'Filter by the address of the vault and set an end, if you can.',
    'Continue to the summary, create the token, and copy it: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.' },
  },
  scopes: [
    { name: 'Zone: DNS: Edit', why: 'changes DNS records of the zones that are named' },
    { name: 'Zone: Zone: Read', why: 'lists zones' },
    { name: 'Account: Workers Scripts: Edit', why: 'deploys Workers' },
  ],
  expires:
    'As chosen when it is made; by default never. **Roll** makes a new value and ends the old one at once; to change over without a gap, make a second token.',
  test_call: 'Asks whether the token is valid and active.',
  pitfalls: [
    'Tokens that belong to an account instead of a person fail the test call, which asks about tokens of a person.',
    'The global API key is another thing and can do everything; prefer a token.',
  ],
});
