/** The set-up guide of the provider template "PostHog". Words only. */
import { defineGuide } from '../guide.ts';

export const posthog = defineGuide({
  template: 'posthog',
  summary: 'Product analytics, feature flags, session replay',
  keywords: ['analytics', 'events', 'feature flags', 'replay'],
  tile: { monogram: 'PH', hue: 18 },
  checked: 'from_memory',
  key_page: { label: 'Personal API keys', url: 'https://us.posthog.com/settings/user-api-keys' },
  steps: [
    'Open the settings of your account and go to **Personal API keys**.',
    'Choose **Create personal API key** and name it after the program.',
    'Limit it to the organization or project, and to the scopes, that the program needs.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 'phx_…' },
  },
  scopes: [
    { name: 'user:read', why: 'the test call' },
    { name: 'query:read', why: 'runs queries' },
    { name: 'feature_flag:read', why: 'reads feature flags' },
  ],
  expires:
    'Keys live until they are deleted or rolled. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the user that the key belongs to.',
  pitfalls: [
    'Keys of the EU cloud are for its own host.',
    'The project key (phc_…) only sends events and is no secret.',
    'A key without user:read fails the test call.',
  ],
});
