/** The provider template "Slack incoming webhook". Data only. */
import { defineTemplate } from '../template.ts';

export const slackWebhook = defineTemplate({
  id: 'slack_webhook',
  name: 'Slack incoming webhook',
  category: 'communication',
  base_url: 'https://hooks.slack.com',
  base_urls: ['https://hooks.slack.com'],
  allowed_hosts: ['hooks.slack.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [
    { name: 'workspace_id', label: 'First part after /services/ (T...)', secret: false },
    { name: 'webhook_id', label: 'Second part (B...)', secret: false },
    { name: 'token', label: 'Third part', secret: true },
  ],
  injection: [{ in: 'path', mode: 'replace', format: '/services/{workspace_id}/{webhook_id}/{token}' }],
  default_headers: {},
  verify: null,
  docs_url: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes:
    'The URL is https://hooks.slack.com/services/ followed by the three parts. Whoever knows all three can post, so the vault builds the path; the caller names only the host. There is no harmless test call.',
});
