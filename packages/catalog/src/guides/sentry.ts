/** The set-up guide of the provider template "Sentry". Words only. */
import { defineGuide } from '../guide.ts';

export const sentry = defineGuide({
  template: 'sentry',
  summary: 'Errors, performance, releases and alerts',
  keywords: ['errors', 'exceptions', 'performance', 'releases'],
  tile: { monogram: 'Se', hue: 268 },
  checked: 'vendor_docs',
  key_page: { label: 'Sentry', url: 'https://sentry.io/settings/' },
  steps: [
    'Open **Settings** of the organization and go to **Custom Integrations**.',
    'Choose **Create New Integration**, **Internal Integration** and **Next**, and name it after the program.',
    'Under **Permissions**, give it the fewest that are enough and choose **Save Changes**.',
    'Copy the token that was made with it, or make a new one under **Tokens**: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is made.', looks: 'sntrys_… or 64 hexadecimal characters' },
  },
  scopes: [
    { name: 'org:read', why: 'the test call' },
    { name: 'project:read', why: 'reads projects' },
    { name: 'event:read', why: 'reads issues and events' },
    { name: 'project:releases', why: 'makes releases' },
  ],
  expires:
    'Tokens of an integration live until they are removed; it can have several. Add one, replace it here, then remove the first.',
  test_call: 'Lists the organizations that the token belongs to, in the US region.',
  pitfalls: [
    'Organization tokens (sntrys_…) are for releases in CI and can do little else; personal tokens (sntryu_…) act as you.',
    'Data in the EU is served by de.sentry.io.',
    'Your own Sentry has another host: use "Custom: Bearer token".',
  ],
});
