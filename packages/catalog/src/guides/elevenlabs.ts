/** The set-up guide of the provider template "ElevenLabs". Words only. */
import { defineGuide } from '../guide.ts';

export const elevenlabs = defineGuide({
  template: 'elevenlabs',
  summary: 'Speech, voices, dubbing and sound effects',
  keywords: ['tts', 'speech', 'voice', 'audio'],
  tile: { monogram: '11', hue: null },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://elevenlabs.io/app/settings/api-keys' },
  steps: [
    'Open **API Keys** in the settings.',
    'Choose **Create API Key** and name it after the program.',
    'Restrict the key to the endpoints that it needs, and set a credit limit.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'sk_…' },
  },
  scopes: [
    { name: 'User: Read', why: 'the test call' },
    { name: 'Text to Speech', why: 'makes speech' },
  ],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the account that the key belongs to.',
  pitfalls: [
    'A restricted key without read access to the user answers 401 to the test call, though it works elsewhere.',
  ],
});
