/** The set-up guide of the provider template "Typeform". Words only. */
import { defineGuide } from '../guide.ts';

export const typeform = defineGuide({
  template: 'typeform',
  summary: 'Forms and their answers',
  keywords: ['forms', 'surveys', 'responses'],
  tile: { monogram: 'Ty', hue: null },
  checked: 'from_memory',
  key_page: { label: 'Personal tokens', url: 'https://admin.typeform.com/user/tokens' },
  steps: [
    'Open **Your settings** and go to **Personal tokens**.',
    'Choose **Generate a new token** and name it after the program.',
    'Choose **Custom scopes** and allow only what it needs.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'tfp_…' },
  },
  scopes: [
    { name: 'accounts:read', why: 'the test call' },
    { name: 'responses:read', why: 'reads answers' },
    { name: 'forms:read', why: 'reads forms' },
  ],
  expires:
    'Tokens live until they are deleted; regenerating one ends its old value. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the account that the token belongs to.',
  pitfalls: [
    'Accounts in the EU have a host of their own.',
    'A token without accounts:read fails the test call.',
  ],
});
