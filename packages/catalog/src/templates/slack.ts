/** The provider template "Slack". Data only. */
import { defineTemplate } from '../template.ts';

export const slack = defineTemplate({
  id: 'slack',
  name: 'Slack',
  category: 'communication',
  base_url: 'https://slack.com/api',
  base_urls: ['https://slack.com/api'],
  allowed_hosts: ['slack.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Bot token (xoxb-)', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'POST',
    url: 'https://slack.com/api/auth.test',
    expect_status: [200],
    expect_json: { pointer: '/ok', equals: true },
    verified: false,
  },
  docs_url: 'https://docs.slack.dev/authentication/tokens/',
  verified: true,
  source_url: 'https://github.com/slackapi/node-slack-sdk',
  source_kind: 'vendor_sdk',
  notes:
    'Answers are always HTTP 200; the ok field tells whether the call worked. Files are served by files.slack.com.',
});
