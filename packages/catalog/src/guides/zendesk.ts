/** The set-up guide of the provider template "Zendesk". Words only. */
import { defineGuide } from '../guide.ts';

export const zendesk = defineGuide({
  template: 'zendesk',
  summary: 'Tickets, users and articles of a help desk',
  keywords: ['support', 'tickets', 'helpdesk', 'articles'],
  tile: { monogram: 'Ze', hue: 185 },
  checked: 'vendor_docs',
  key_page: null,
  steps: [
    'Open the **Admin Center** of your Zendesk as an administrator and go to **Apps and integrations**, **APIs**.',
    'Under **API configuration**, allow access by API token, if it is off.',
    'Under **API tokens**, choose **Add API token**, describe its use, and choose **Save**.',
    'Copy the token: it is shown once.',
  ],
  values: {
    email: {
      where:
        'The e-mail address of the agent in whose name the calls are made; without /token, which the vault adds.',
    },
    token: { where: 'Shown once, when the token is added.', looks: '40 letters and digits' },
    subdomain: {
      where: "The first part of your Zendesk's address, in front of .zendesk.com.",
      looks: 'acme',
    },
  },
  scopes: [],
  expires: 'Tokens live until they are revoked. Make a second one, replace it here, then revoke the first.',
  test_call: 'Reads the agent that the e-mail address names.',
  pitfalls: [
    'An API token works for every agent of the account: whoever has it may act as any of them. Keep it proxy only.',
    'The rights of a call are those of the agent that is named here.',
  ],
});
