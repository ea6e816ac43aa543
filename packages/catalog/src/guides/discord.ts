/** The set-up guide of the provider template "Discord (bot)". Words only. */
import { defineGuide } from '../guide.ts';

export const discord = defineGuide({
  template: 'discord',
  summary: 'Servers, channels and messages, as a bot',
  keywords: ['chat', 'bot', 'messages', 'channels', 'community'],
  tile: { monogram: 'Di', hue: 235 },
  checked: 'from_memory',
  key_page: { label: 'Applications', url: 'https://discord.com/developers/applications' },
  steps: [
    'Open the developer portal and make an application, or open yours.',
    'Go to **Bot** and choose **Reset Token**.',
    'Copy the token: it is shown once.',
    'Invite the bot under **OAuth2** with the scope bot and the fewest permissions.',
  ],
  values: {
    token: { where: 'Shown once, after the reset.', looks: 'three parts with dots between' },
  },
  scopes: [
    { name: 'View Channels', why: 'sees the channels that it is let into' },
    { name: 'Send Messages', why: 'writes there' },
  ],
  expires: 'The token lives until it is reset, which ends the old one at once: replace it here right after.',
  test_call: "Reads the bot's own user.",
  pitfalls: [
    'The token goes with the scheme "Bot"; bearer tokens of people are something else.',
    'What the bot may do is decided by its roles in each server.',
    'A token that is published anywhere is reset by Discord.',
  ],
});
