/** The set-up guide of the provider template "AssemblyAI". Words only. */
import { defineGuide } from '../guide.ts';

export const assemblyai = defineGuide({
  template: 'assemblyai',
  summary: 'Speech to text, with speakers, summaries and redaction',
  keywords: ['transcription', 'speech', 'audio', 'stt'],
  tile: { monogram: 'As', hue: 225 },
  checked: 'from_memory',
  key_page: { label: 'Dashboard', url: 'https://www.assemblyai.com/dashboard' },
  steps: [
    'Sign in to the dashboard and open **API Keys**.',
    'Make a key for this program in the project that is to be billed, or take the one that is there.',
    'Copy it.',
  ],
  values: {
    token: {
      where: 'On the dashboard, under API keys; it can be shown again.',
      looks: '32 hexadecimal characters',
    },
  },
  scopes: [],
  expires: 'Keys do not expire by themselves. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists at most one transcript.',
  pitfalls: ['The key is sent as it is, without "Bearer".', 'A key can read all transcripts of its project.'],
});
