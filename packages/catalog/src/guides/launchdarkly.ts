/** The set-up guide of the provider template "LaunchDarkly". Words only. */
import { defineGuide } from '../guide.ts';

export const launchdarkly = defineGuide({
  template: 'launchdarkly',
  summary: 'Feature flags, segments and experiments',
  keywords: ['feature flags', 'experiments', 'releases'],
  tile: { monogram: 'LD', hue: null },
  checked: 'from_memory',
  key_page: { label: 'Authorization', url: 'https://app.launchdarkly.com/settings/authorization' },
  steps: [
    'Open the organization settings and go to **Authorization**.',
    'Choose **Create token** and name it after the program.',
    'Pick the role **Reader**, or a custom role, and make it a service token.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: 'api-…' },
  },
  scopes: [
    { name: 'Reader', why: 'reads flags and segments' },
    { name: 'Writer', why: 'changes them' },
  ],
  expires:
    'Tokens live until they are deleted. A token can be reset with a time for which the old value still works, which suits a replacement here.',
  test_call: 'Says which token it is and whom it belongs to.',
  pitfalls: [
    'The token is sent as it is, without "Bearer".',
    'SDK keys and client-side IDs are for the SDKs and do not work with this API.',
    'A personal token ends with its owner; a service token does not.',
  ],
});
