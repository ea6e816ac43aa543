/** The set-up guide of the provider template "PlanetScale". Words only. */
import { defineGuide } from '../guide.ts';

export const planetscale = defineGuide({
  template: 'planetscale',
  summary: 'Databases, branches and deploy requests',
  keywords: ['mysql', 'postgres', 'database', 'branches'],
  tile: { monogram: 'PS', hue: null },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://app.planetscale.com/' },
  steps: [
    'Open the settings of the organization and go to **Service tokens**.',
    'Choose **New service token** and name it after the program.',
    'Copy ID and token: the token is shown once.',
    'Add the accesses that it needs, for the organization or for single databases.',
  ],
  values: {
    token_id: { where: 'Beside the token, and in the list of service tokens.' },
    token: { where: 'Shown once, when it is created.', looks: 'pscale_tkn_…' },
  },
  scopes: [
    { name: 'read_organization', why: 'the test call' },
    { name: 'read_database', why: 'reads databases' },
    { name: 'read_branch', why: 'reads branches' },
  ],
  expires: 'Tokens live until they are revoked. Make a second one, replace it here, then revoke the first.',
  test_call: 'Lists the organizations that the token belongs to.',
  pitfalls: [
    'A new service token may do nothing until accesses are added.',
    'These are not the user names and passwords of a database.',
  ],
});
