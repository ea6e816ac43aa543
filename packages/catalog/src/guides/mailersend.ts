/** The set-up guide of the provider template "MailerSend". Words only. */
import { defineGuide } from '../guide.ts';

export const mailersend = defineGuide({
  template: 'mailersend',
  summary: 'Transactional e-mail and SMS',
  keywords: ['email', 'sms', 'transactional', 'smtp'],
  tile: { monogram: 'MS', hue: 240 },
  checked: 'from_memory',
  key_page: { label: 'API tokens', url: 'https://app.mailersend.com/api-tokens' },
  steps: [
    'Open the domain, or the integrations page, and go to **API tokens**.',
    'Choose **Generate new token**, name it after the program, and pick its domain.',
    'Choose **Custom access** and give only what it needs.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'mlsn.…' },
  },
  scopes: [
    { name: 'Email', why: 'sends mail' },
    { name: 'Domains', why: 'the test call, with read access' },
  ],
  expires:
    'Tokens live until they are deleted; they can be paused. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists at most ten domains.',
  pitfalls: ["A token that only sends mail can't list domains and fails the test call."],
});
