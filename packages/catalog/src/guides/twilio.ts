/** The set-up guide of the provider template "Twilio". Words only. */
import { defineGuide } from '../guide.ts';

export const twilio = defineGuide({
  template: 'twilio',
  summary: 'SMS, voice, WhatsApp, verification',
  keywords: ['sms', 'voice', 'calls', 'whatsapp', 'verify', 'messages'],
  tile: { monogram: 'Tw', hue: 350 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://console.twilio.com/us1/account/keys-credentials/api-keys' },
  steps: [
    'Open **API keys & tokens** in the settings of the account.',
    'Choose **Create API key**, name it after the program, and pick its type; a restricted key names what it may do.',
    'Copy SID and secret: the secret is shown once.',
    'Only for old code, take the Account SID and the auth token instead.',
  ],
  values: {
    account_sid: {
      where: 'Beside the secret; for the auth token, on the overview of the console.',
      looks: 'SK… or AC…',
    },
    auth_token: {
      where: 'Shown once, when the API key is created; the auth token stands on the overview of the console.',
    },
  },
  scopes: [],
  expires:
    'API keys live until they are deleted. Make a second one, replace both values here, then delete the first. For the auth token, Twilio has a secondary token that is promoted.',
  test_call: 'Lists the accounts.',
  pitfalls: [
    "A standard API key can't list accounts, so the test call fails though the key works; a main key can.",
    'The Account SID is still part of the addresses that the program calls.',
    'Keys belong to a region; others are unknown there.',
  ],
});
