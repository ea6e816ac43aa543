/** The set-up guide of the provider template "Trello". Words only. */
import { defineGuide } from '../guide.ts';

export const trello = defineGuide({
  template: 'trello',
  summary: 'Boards, lists and cards',
  keywords: ['boards', 'cards', 'kanban', 'atlassian', 'tasks'],
  tile: { monogram: 'Tr', hue: 210 },
  checked: 'from_memory',
  key_page: { label: 'Power-Up admin', url: 'https://trello.com/power-ups/admin' },
  steps: [
    'Open the Power-Up admin portal and make a Power-Up, or open the one that you have.',
    'Go to **API Key** and choose **Generate a new API Key**.',
    'Follow the link beside the key that lets you make a token by hand, and allow it.',
    'Copy key and token.',
  ],
  values: {
    key: { where: 'In the portal, under API Key.', looks: '32 hexadecimal characters' },
    token: { where: 'On the page that answers after you have allowed it.', looks: 'ATTA…' },
  },
  scopes: [
    { name: 'read', why: 'reads boards, lists and cards' },
    { name: 'write', why: 'changes them' },
  ],
  expires:
    'A token made by hand lives until it is revoked, in the settings of your account. Make a second one, replace it here, then revoke the first.',
  test_call: 'Reads the member that the token belongs to.',
  pitfalls: [
    'Key and token travel in the query of each call; the vault keeps them out of its log, others on the way may not.',
    'The secret beside the key is for signatures of webhooks and is not what is asked for here.',
  ],
});
