/** The set-up guide of the provider template "Freshdesk". Words only. */
import { defineGuide } from '../guide.ts';

export const freshdesk = defineGuide({
  template: 'freshdesk',
  summary: 'Tickets, contacts and agents of a help desk',
  keywords: ['support', 'tickets', 'helpdesk', 'freshworks'],
  tile: { monogram: 'Fd', hue: 150 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Sign in to your help desk as the agent in whose name the program is to act.',
    'Open **Profile Settings** from the picture of the account.',
    'Choose **View API Key** and pass the check.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'In the profile settings of the agent; it can be shown again.' },
    domain: {
      where: "The first part of your help desk's address, in front of .freshdesk.com.",
      looks: 'acme',
    },
  },
  scopes: [],
  expires:
    'The key lives until it is reset in the profile, which ends the old one at once: replace it here right after.',
  test_call: 'Reads the agent that the key belongs to.',
  pitfalls: [
    'The key can do all that the agent can; give programs an agent of their own.',
    'The answer of the API is 401 when the agent signs in by single sign-on only and keys are switched off.',
  ],
});
