/** The set-up guide of the provider template "Slack incoming webhook". Words only. */
import { defineGuide } from '../guide.ts';

export const slackWebhook = defineGuide({
  template: 'slack_webhook',
  summary: 'Posts messages into one Slack channel',
  keywords: ['chat', 'notifications', 'webhook', 'alerts', 'channel'],
  tile: { monogram: 'Sl', hue: 295 },
  checked: 'vendor_docs',
  key_page: { label: 'Your apps', url: 'https://api.slack.com/apps' },
  steps: [
    'Open your apps, choose **Create New App** and **From scratch**, and pick the workspace.',
    'Go to **Incoming Webhooks** and switch it on.',
    'Choose **Add New Webhook to Workspace** and pick the channel.',
    'Copy the webhook URL and take it apart: its last three parts go into the three fields.',
  ],
  values: {
    workspace_id: { where: 'The first part after /services/.', looks: 'T…' },
    webhook_id: { where: 'The part after that.', looks: 'B…' },
    token: { where: 'The last part of the URL, letters and digits.', looks: '24 letters and digits' },
  },
  scopes: [{ name: 'incoming-webhook', why: 'added by itself: posts into the one channel that was picked' }],
  expires:
    'A webhook lives until it is removed from the app. Add a second one, replace all three parts here, then remove the first.',
  test_call: null,
  pitfalls: [
    'Every call posts a message, so the vault has none to try it with.',
    'Whoever knows the whole URL can post; Slack ends webhooks that it finds published.',
    'Calls go to the bare host; the vault puts the path in.',
  ],
});
