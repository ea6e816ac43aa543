/** The set-up guide of the provider template "Contentful Management". Words only. */
import { defineGuide } from '../guide.ts';

export const contentful = defineGuide({
  template: 'contentful',
  summary: 'Content models, entries and assets (management)',
  keywords: ['cms', 'content', 'headless', 'entries'],
  tile: { monogram: 'Ct', hue: 215 },
  checked: 'from_memory',
  key_page: { label: 'CMA tokens', url: 'https://app.contentful.com/account/profile/cma_tokens' },
  steps: [
    'Open **CMA tokens** in the settings of your account.',
    'Choose **Create personal access token**, name it after the program, and set its expiration.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'CFPAT-…' },
  },
  scopes: [],
  expires: 'As chosen when it is made. Make the next one before that, and replace it here.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'A token can do all that its owner can, in all spaces; give programs a user of their own.',
    'Delivery and preview have tokens of their own, for other hosts.',
    'Spaces in the EU data residency have a host of their own.',
  ],
});
