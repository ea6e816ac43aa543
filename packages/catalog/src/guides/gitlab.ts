/** The set-up guide of the provider template "GitLab". Words only. */
import { defineGuide } from '../guide.ts';

export const gitlab = defineGuide({
  template: 'gitlab',
  summary: 'Projects, issues, merge requests and pipelines, on gitlab.com or your own server',
  keywords: ['git', 'repositories', 'merge requests', 'ci', 'issues'],
  tile: { monogram: 'GL', hue: 18 },
  checked: 'vendor_docs',
  key_page: {
    label: 'Personal access tokens',
    url: 'https://gitlab.com/-/user_settings/personal_access_tokens',
  },
  steps: [
    'For one project or group, open its **Settings** and go to **Access tokens**; for yourself, choose **Edit profile** and **Access**, **Personal access tokens**.',
    'Add a token, name it after the program, and set its expiration date.',
    'Pick the role, if it asks for one, and the fewest scopes.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: 'glpat-…' },
    host: { where: 'The host in the address of your GitLab; gitlab.com unless you run your own.' },
  },
  scopes: [
    { name: 'read_api', why: 'reads everything that the API shows' },
    { name: 'read_repository', why: 'reads files and commits' },
    { name: 'api', why: 'everything, writing too: only where nothing less is enough' },
  ],
  expires:
    'By default after at most 365 days; on your own server the administrator sets the longest time. Make the next one before that, and replace it here.',
  test_call: 'Reads the token itself: its scopes and its end.',
  pitfalls: [
    'Rotating a token in GitLab ends the old value at once.',
    'A private address has to be allowed by ALTER_EGRESS_ALLOW.',
    'Tokens of CI jobs go in another header and are not for this template.',
  ],
});
