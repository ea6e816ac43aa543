/** The set-up guide of the provider template "DigitalOcean". Words only. */
import { defineGuide } from '../guide.ts';

export const digitalocean = defineGuide({
  template: 'digitalocean',
  summary: 'Droplets, databases, Kubernetes, domains',
  keywords: ['cloud', 'servers', 'droplets', 'kubernetes', 'dns'],
  tile: { monogram: 'DO', hue: 212 },
  checked: 'from_memory',
  key_page: { label: 'API tokens', url: 'https://cloud.digitalocean.com/account/api/tokens' },
  steps: [
    'Open **API** in the control panel and stay on **Tokens**.',
    'Choose **Generate New Token**, name it after the program, and set an expiration.',
    'Choose **Custom Scopes** and pick those that it needs, or **Read Only**.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'dop_v1_…' },
  },
  scopes: [
    { name: 'account:read', why: 'the test call' },
    { name: 'droplet:read', why: 'lists Droplets' },
    { name: 'domain:read', why: 'lists domains' },
  ],
  expires: 'As chosen when it is made; it can be without end. Make the next one in time and replace it here.',
  test_call: 'Reads the account that the token belongs to.',
  pitfalls: [
    'A token belongs to one team.',
    'Spaces (object storage) has keys of its own: use "S3-compatible".',
  ],
});
