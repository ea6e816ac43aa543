/** The set-up guide of the provider template "Telegram Bot API". Words only. */
import { defineGuide } from '../guide.ts';

export const telegram = defineGuide({
  template: 'telegram',
  summary: 'Messages, groups and payments, as a Telegram bot',
  keywords: ['chat', 'bot', 'messages', 'groups'],
  tile: { monogram: 'Tg', hue: 200 },
  checked: 'from_memory',
  key_page: { label: 'Instructions', url: 'https://core.telegram.org/bots/features' },
  steps: [
    'Open a chat with **BotFather** in Telegram.',
    'Send /newbot and answer with a name and a user name, or send /mybots and pick your bot.',
    'Copy the token.',
  ],
  values: {
    token: {
      where: 'In the answer of BotFather; it shows it again under /mybots.',
      looks: 'digits, a colon, 35 characters',
    },
  },
  scopes: [],
  expires:
    'The token lives until it is revoked in the chat with BotFather, which ends the old one at once: replace it here right after.',
  test_call: "Reads the bot's own user.",
  pitfalls: [
    'Ask for /getMe, not for /bot…/getMe: the vault puts the token in front of the path.',
    "A bot can't write to people who have not written to it first.",
    'Files are downloaded from a path that this template does not reach.',
  ],
});
