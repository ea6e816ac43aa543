/** The set-up guide of the provider template "Bitbucket Cloud". Words only. */
import { defineGuide } from '../guide.ts';

export const bitbucket = defineGuide({
  template: 'bitbucket',
  summary: 'Repositories, pull requests and pipelines on bitbucket.org',
  keywords: ['git', 'repositories', 'atlassian', 'pull requests', 'ci'],
  tile: { monogram: 'Bb', hue: 216 },
  checked: 'vendor_docs',
  key_page: { label: 'API tokens', url: 'https://id.atlassian.com/manage-profile/security/api-tokens' },
  steps: [
    'Open the security settings of your Atlassian account and go to **API tokens**.',
    'Choose **Create API token with scopes**, name it, and set the day on which it ends.',
    'Pick Bitbucket as the app, and the scopes that the program needs.',
    'Copy the token: it is shown once.',
  ],
  values: {
    email: { where: 'The e-mail address of the Atlassian account that made the token.' },
    token: { where: 'Shown once, when the token is created.', looks: 'ATATT…' },
  },
  scopes: [
    { name: 'read:user:bitbucket', why: 'the test call' },
    { name: 'read:repository:bitbucket', why: 'reads repositories' },
    { name: 'write:repository:bitbucket', why: 'changes repositories' },
  ],
  expires:
    'At most one year, as chosen when it is made. Make the next one before that day, and replace it here.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'App passwords are no longer made; this is what replaced them.',
    'Access tokens of a repository, project or workspace go as a bearer token: use "Custom: Bearer token" for them.',
  ],
});
