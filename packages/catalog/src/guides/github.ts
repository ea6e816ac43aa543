/** The set-up guide of the provider template "GitHub". Words only. */
import { defineGuide } from '../guide.ts';

export const github = defineGuide({
  template: 'github',
  summary: 'Repositories, issues, pull requests, actions',
  keywords: ['git', 'repositories', 'issues', 'pull requests', 'actions', 'ci'],
  tile: { monogram: 'GH', hue: null },
  checked: 'vendor_docs',
  key_page: { label: 'Fine-grained tokens', url: 'https://github.com/settings/personal-access-tokens' },
  steps: [
    'Open **Settings**, **Developer settings**, **Personal access tokens**, **Fine-grained tokens**.',
    'Choose **Generate new token**, name it after the program, and set its **Expiration**.',
    'Pick the **Resource owner** and, under **Repository access**, only the repositories that it needs.',
    'Give the fewest **Permissions** that are enough.',
    'Choose **Generate token** and copy it: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'github_pat_…' },
  },
  scopes: [
    { name: 'Metadata: Read', why: 'always included' },
    { name: 'Contents: Read', why: 'reads files and commits' },
    { name: 'Issues: Read and write', why: 'opens and changes issues' },
    { name: 'Pull requests: Read and write', why: 'opens and changes pull requests' },
  ],
  expires:
    'On the day chosen when it is made; an organization may set the longest time. Make the next one before that, and replace it here.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'An organization may have to approve the token first; until then it reads only what is public there.',
    'A token stops working when its owner leaves. For what has to last, use a GitHub App.',
    'Classic tokens (ghp_…) reach every repository of their owner.',
  ],
});
