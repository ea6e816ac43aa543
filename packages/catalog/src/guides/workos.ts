/** The set-up guide of the provider template "WorkOS". Words only. */
import { defineGuide } from '../guide.ts';

export const workos = defineGuide({
  template: 'workos',
  summary: 'Single sign-on, directories, users and audit logs for your product',
  keywords: ['sso', 'scim', 'directory sync', 'auth', 'users'],
  tile: { monogram: 'WO', hue: 250 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://dashboard.workos.com/api-keys' },
  steps: [
    'Pick the environment in the dashboard and open **API Keys**.',
    'Make a key named after the program.',
    'Copy the key: in production it is shown once.',
  ],
  values: {
    token: { where: 'Shown when the key is created.', looks: 'sk_…' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists at most one organization.',
  pitfalls: [
    'Each environment has keys of its own; users and organizations of one are unknown in another.',
    'The client ID is public and is not what is asked for here.',
  ],
});
