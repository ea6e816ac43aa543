/** The set-up guide of the provider template "Buildkite". Words only. */
import { defineGuide } from '../guide.ts';

export const buildkite = defineGuide({
  template: 'buildkite',
  summary: 'Pipelines, builds, agents and artifacts',
  keywords: ['ci', 'builds', 'pipelines', 'devops'],
  tile: { monogram: 'Bk', hue: 160 },
  checked: 'from_memory',
  key_page: { label: 'API access tokens', url: 'https://buildkite.com/user/api-access-tokens' },
  steps: [
    'Open **API Access Tokens** in your personal settings.',
    'Choose **New API Access Token** and describe its use.',
    'Pick the organization and the scopes; restrict the addresses that may use it, if yours are fixed.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: 'bkua_…' },
  },
  scopes: [
    { name: 'read_builds', why: 'reads builds and their jobs' },
    { name: 'write_builds', why: 'creates, cancels and rebuilds' },
    { name: 'read_pipelines', why: 'reads pipelines' },
  ],
  expires: 'Tokens live until they are revoked. Make a second one, replace it here, then revoke the first.',
  test_call: 'Reads the token itself: its scopes and its user.',
  pitfalls: [
    'Organizations can let tokens expire that were not used for a while.',
    'GraphQL has to be allowed for the token separately.',
  ],
});
