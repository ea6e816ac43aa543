/** The set-up guide of the provider template "Firecrawl". Words only. */
import { defineGuide } from '../guide.ts';

export const firecrawl = defineGuide({
  template: 'firecrawl',
  summary: 'Turns web pages into Markdown or data: scrape, crawl, search',
  keywords: ['scraping', 'crawler', 'web', 'markdown'],
  tile: { monogram: 'Fc', hue: 20 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://www.firecrawl.dev/app/api-keys' },
  steps: ['Open **API Keys** in the dashboard.', 'Make a key named after the program.', 'Copy it.'],
  values: {
    token: { where: 'In the list of API keys.', looks: 'fc-…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads how many credits the team has left.',
  pitfalls: ['Keys share the credits of their team.'],
});
