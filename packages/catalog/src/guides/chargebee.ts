/** The set-up guide of the provider template "Chargebee". Words only. */
import { defineGuide } from '../guide.ts';

export const chargebee = defineGuide({
  template: 'chargebee',
  summary: 'Subscriptions, invoices, customers',
  keywords: ['subscriptions', 'billing', 'invoices'],
  tile: { monogram: 'Cb', hue: 15 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Open **Settings** in your Chargebee site, then **Configure Chargebee** and **API Keys**.',
    'Choose **Add API Key** and, where it is enough, a read-only key.',
    'Name it after the program and copy it.',
  ],
  values: {
    token: { where: 'In the list of API keys.', looks: 'live_… or test_…' },
    site: { where: "The first part of the site's address, in front of .chargebee.com.", looks: 'acme' },
  },
  scopes: [
    { name: 'Read-only key', why: 'reads everything, or only transactional data' },
    { name: 'Full-access key', why: 'everything' },
  ],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the configuration of the site.',
  pitfalls: [
    'Test and live sites have names and keys of their own; a test site ends in -test.',
    'The key is sent as the user name, with an empty password.',
    'Publishable keys are for web pages and can do little.',
  ],
});
