/** The set-up guide of the provider template "Supabase (project)". Words only. */
import { defineGuide } from '../guide.ts';

export const supabase = defineGuide({
  template: 'supabase',
  summary: 'REST, auth and storage of one Supabase project',
  keywords: ['postgres', 'database', 'backend', 'auth', 'storage'],
  tile: { monogram: 'Su', hue: 153 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://supabase.com/dashboard/project/_/settings/api-keys' },
  steps: [
    'Open the project and go to **Project Settings**, **API Keys**.',
    'Make a secret key for this program, so that it can be deleted alone.',
    'Reveal and copy it.',
  ],
  values: {
    token: { where: 'In the list of secret keys, where it can be revealed.', looks: 'sb_secret_…' },
    ref: { where: 'In the general settings of the project, and in its address.', looks: '20 small letters' },
  },
  scopes: [],
  expires:
    'Secret keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Asks the REST interface of the project for its description.',
  pitfalls: [
    'A secret key passes by row level security: it can read and write everything.',
    'A publishable key (sb_publishable_…) is no secret and obeys row level security.',
    'Legacy keys in the form of a JWT also want an Authorization header, which this template does not send.',
  ],
});
