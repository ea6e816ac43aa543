/** The set-up guide of the provider template "Brave Search". Words only. */
import { defineGuide } from '../guide.ts';

export const braveSearch = defineGuide({
  template: 'brave_search',
  summary: 'Web, news and image search with an index of its own',
  keywords: ['search', 'web', 'serp', 'news'],
  tile: { monogram: 'Br', hue: 14 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://api-dashboard.search.brave.com/app/keys' },
  steps: [
    'Subscribe to a plan in the dashboard; the free one counts too.',
    'Open **API Keys** and add a key for the plan.',
    'Copy it.',
  ],
  values: {
    token: { where: 'In the list of API keys.', looks: 'BSA…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Searches for one word; it counts as one query of the plan.',
  pitfalls: [
    'A key belongs to one plan: a key for web search is refused by endpoints of other plans.',
    'Plans limit queries per second as well as per month.',
  ],
});
