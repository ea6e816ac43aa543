/** The set-up guide of the provider template "Mixpanel". Words only. */
import { defineGuide } from '../guide.ts';

export const mixpanel = defineGuide({
  template: 'mixpanel',
  summary: 'Product analytics: queries, exports, people',
  keywords: ['analytics', 'events', 'product'],
  tile: { monogram: 'Mx', hue: 255 },
  checked: 'from_memory',
  key_page: { label: 'Mixpanel', url: 'https://mixpanel.com/settings/org' },
  steps: [
    'Open the **Organization Settings** and go to **Service Accounts**.',
    'Add a service account, with the least role and only the projects that the program needs, and an expiry.',
    'Copy user name and secret: the secret is shown once.',
  ],
  values: {
    username: { where: 'Shown with the secret, and in the list of service accounts.' },
    secret: { where: 'Shown once, when the service account is created.' },
  },
  scopes: [
    { name: 'Consumer', why: 'the least role: reads reports' },
    { name: 'Analyst', why: 'reads and makes reports' },
  ],
  expires:
    'As chosen when it is made. Make a second account, replace both values here, then delete the first.',
  test_call: 'Reads the service account itself.',
  pitfalls: [
    'Most calls name the project in the query: project_id.',
    'Projects in the EU or India have hosts of their own.',
  ],
});
