/** The set-up guide of the provider template "Deepgram". Words only. */
import { defineGuide } from '../guide.ts';

export const deepgram = defineGuide({
  template: 'deepgram',
  summary: 'Speech to text, text to speech and voice agents',
  keywords: ['transcription', 'speech', 'audio', 'stt', 'tts'],
  tile: { monogram: 'Dg', hue: 160 },
  checked: 'from_memory',
  key_page: { label: 'Console', url: 'https://console.deepgram.com/' },
  steps: [
    'Open the project in the console and go to **API Keys**.',
    'Choose **Create a New API Key** and name it after the program.',
    'Set the least role and, if you like, an expiry.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: '40 hexadecimal characters' },
  },
  scopes: [],
  expires:
    'As chosen when the key is made; by default never. Make a second key, replace it here, then delete the first.',
  test_call: 'Lists the projects that the key belongs to.',
  pitfalls: [
    'The key is sent with the scheme "Token", not "Bearer".',
    "The role of a key can't be changed afterwards; make another one.",
  ],
});
