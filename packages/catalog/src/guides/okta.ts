/** The set-up guide of the provider template "Okta". Words only. */
import { defineGuide } from '../guide.ts';

export const okta = defineGuide({
  template: 'okta',
  summary: 'Users, groups, apps and policies of an Okta organization',
  keywords: ['identity', 'sso', 'users', 'groups', 'directory'],
  tile: { monogram: 'Ok', hue: 215 },
  checked: 'vendor_docs',
  key_page: null,
  steps: [
    'Sign in to the Admin Console of your organization as a service account that has only the admin role that the program needs.',
    'Open **Security**, **API** and go to **Tokens**.',
    'Choose **Create token**, name it after the program, and restrict it to the addresses of the vault.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: '00…' },
    domain: {
      where: 'The host in the address of your organization, without -admin.',
      looks: 'acme.okta.com',
    },
  },
  scopes: [],
  expires:
    '30 days after its last use; each call starts the time anew. To rotate, make a second token, replace it here, then revoke the first.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'A token has the rights of the admin who made it and ends when that account is deactivated.',
    'The host with -admin is that of the console, not of the API.',
  ],
});
