/** The set-up guide of the provider template "Segment Tracking API". Words only. */
import { defineGuide } from '../guide.ts';

export const segmentTracking = defineGuide({
  template: 'segment_tracking',
  summary: 'Sends events to one Segment source',
  keywords: ['cdp', 'events', 'tracking', 'twilio'],
  tile: { monogram: 'Se', hue: 150 },
  checked: 'from_memory',
  key_page: { label: 'Segment', url: 'https://app.segment.com/' },
  steps: [
    'Open the source that is to receive the events; for programs, one of type HTTP API or server.',
    'Go to **Settings**, **API Keys**.',
    'Copy the write key.',
  ],
  values: {
    token: { where: 'In the settings of the source, under API Keys.', looks: '32 letters and digits' },
  },
  scopes: [],
  expires:
    'Write keys live until they are removed from the source. Add a second one, replace it here, then remove the first.',
  test_call: null,
  pitfalls: [
    'Every call writes, so the vault has none to try the key with.',
    'Wrong keys are answered with 200 all the same; look into the debugger of the source.',
    'Sources in the EU have a host of their own.',
  ],
});
