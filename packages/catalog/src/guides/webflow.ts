/** The set-up guide of the provider template "Webflow". Words only. */
import { defineGuide } from '../guide.ts';

export const webflow = defineGuide({
  template: 'webflow',
  summary: 'Sites, CMS collections, forms and pages',
  keywords: ['cms', 'sites', 'websites', 'collections'],
  tile: { monogram: 'Wf', hue: 225 },
  checked: 'from_memory',
  key_page: { label: 'Webflow', url: 'https://webflow.com/dashboard' },
  steps: [
    'Open the settings of the site and go to **Apps & integrations**.',
    'Choose **Generate API token** under API access, and name it after the program.',
    'Give each part none, read, or read and write.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.' },
  },
  scopes: [
    { name: 'CMS: Read', why: 'reads collections and items' },
    { name: 'CMS: Read and write', why: 'changes them' },
  ],
  expires:
    'A token ends after a year without use. Make a second one, replace it here, then revoke the first.',
  test_call: 'Reads the token itself: its scopes and sites.',
  pitfalls: [
    'A token belongs to one site, and a site can have only a few.',
    'Keys of the first version of the API do not work any more.',
  ],
});
