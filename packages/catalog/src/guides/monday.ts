/** The set-up guide of the provider template "monday.com". Words only. */
import { defineGuide } from '../guide.ts';

export const monday = defineGuide({
  template: 'monday',
  summary: 'Boards, items and updates, by GraphQL',
  keywords: ['boards', 'projects', 'work management', 'graphql'],
  tile: { monogram: 'Mo', hue: 347 },
  checked: 'from_memory',
  key_page: { label: 'monday.com', url: 'https://auth.monday.com/' },
  steps: [
    'Open the menu of your picture and choose **Developers**; the developer center opens.',
    'Open **API token** there.',
    'Copy the token.',
  ],
  values: {
    token: { where: 'In the developer center, under the API token; it can be shown again.', looks: 'eyJ…' },
  },
  scopes: [],
  expires:
    'The token lives until it is regenerated, which ends the old one at once: replace it here right after.',
  test_call: 'Asks who the token belongs to.',
  pitfalls: [
    'The token is sent as it is, without "Bearer".',
    'It can do all that its owner can.',
    'The API is GraphQL: a policy has to look at the operation in the body. Calls cost complexity, which is limited per minute.',
  ],
});
