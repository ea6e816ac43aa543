/** The set-up guide of the provider template "Slack". Words only. */
import { defineGuide } from '../guide.ts';

export const slack = defineGuide({
  template: 'slack',
  summary: 'Messages, channels, users and files, as a bot',
  keywords: ['chat', 'messages', 'channels', 'bot', 'notifications'],
  tile: { monogram: 'Sl', hue: 295 },
  checked: 'vendor_docs',
  key_page: { label: 'Your apps', url: 'https://api.slack.com/apps' },
  steps: [
    'Open your apps, choose **Create New App** and **From scratch**, and pick the workspace.',
    'Go to **OAuth & Permissions** and add **Bot Token Scopes** with **Add an OAuth Scope**.',
    'Choose **Install to Workspace** and allow it; an admin may have to.',
    'Copy the **Bot User OAuth Token**.',
    'Invite the bot to the channels that it is to see.',
  ],
  values: {
    token: { where: 'Under OAuth & Permissions; it can be shown again.', looks: 'xoxb-…' },
  },
  scopes: [
    { name: 'chat:write', why: 'writes in channels that it is in' },
    { name: 'chat:write.public', why: 'writes in public channels without being in them' },
    { name: 'channels:read', why: 'lists public channels' },
    { name: 'channels:history', why: 'reads messages of public channels that it is in' },
  ],
  expires:
    'The token lives until the app is removed or the token revoked. With token rotation switched on for the app it lives twelve hours, which does not suit a stored secret.',
  test_call: 'Says which bot and workspace the token belongs to; it needs no scope.',
  pitfalls: [
    'After a scope is added, the app has to be installed again.',
    'Errors come with status 200; the field ok of the answer tells.',
  ],
});
