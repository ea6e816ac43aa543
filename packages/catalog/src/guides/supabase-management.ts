/** The set-up guide of the provider template "Supabase Management API". Words only. */
import { defineGuide } from '../guide.ts';

export const supabaseManagement = defineGuide({
  template: 'supabase_management',
  summary: 'Projects, branches, secrets and settings of Supabase',
  keywords: ['postgres', 'projects', 'management', 'infrastructure'],
  tile: { monogram: 'Su', hue: 153 },
  checked: 'from_memory',
  key_page: { label: 'Access tokens', url: 'https://supabase.com/dashboard/account/tokens' },
  steps: [
    'Open **Access Tokens** in the preferences of your account.',
    'Choose **Generate new token**, name it after the program, and set its expiry.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'sbp_…' },
  },
  scopes: [],
  expires: 'As chosen when it is made. Make the next one before that, and replace it here.',
  test_call: 'Lists the projects of the account.',
  pitfalls: [
    'A token can do all that its owner can, in all organizations; give programs an account of their own.',
    'Some calls answer with keys of projects: give this grant to few.',
  ],
});
