/** The set-up guide of the provider template "Amplitude Analytics". Words only. */
import { defineGuide } from '../guide.ts';

export const amplitude = defineGuide({
  template: 'amplitude',
  summary: 'Product analytics: exports, charts, cohorts',
  keywords: ['analytics', 'events', 'product', 'cohorts'],
  tile: { monogram: 'Am', hue: 220 },
  checked: 'from_memory',
  key_page: { label: 'Settings', url: 'https://app.amplitude.com/' },
  steps: [
    'Open the **Organization settings** and go to **Projects**.',
    'Pick the project, on its **General** page.',
    'Copy API key and secret key.',
  ],
  values: {
    api_key: { where: 'On the page of the project.', looks: '32 hexadecimal characters' },
    secret_key: {
      where: 'On the page of the project; only managers and admins see it.',
      looks: '32 hexadecimal characters',
    },
  },
  scopes: [],
  expires:
    'Both live as long as the project, unless they are regenerated; a project can have more than one pair.',
  test_call: 'Lists the types of events.',
  pitfalls: [
    'The pair reads all events of the project.',
    'Projects in the EU are served by analytics.eu.amplitude.com.',
    'Sending events takes the API key in the body and does not need this template.',
  ],
});
