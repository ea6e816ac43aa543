/** The set-up guide of the provider template "Segment Public API". Words only. */
import { defineGuide } from '../guide.ts';

export const segment = defineGuide({
  template: 'segment',
  summary: 'Sources, destinations, tracking plans of a Segment workspace',
  keywords: ['cdp', 'twilio', 'sources', 'destinations'],
  tile: { monogram: 'Se', hue: 150 },
  checked: 'from_memory',
  key_page: { label: 'Segment', url: 'https://app.segment.com/' },
  steps: [
    'Open the workspace settings, then **Access Management**, **Tokens**.',
    'Choose **Create Token** and describe its use.',
    'Give it the least role on the resources that it needs.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: 'sgp_…' },
  },
  scopes: [],
  expires: 'Tokens live until they are revoked. Make a second one, replace it here, then revoke the first.',
  test_call: 'Reads the workspace.',
  pitfalls: [
    'Workspaces in the EU are served by a host of their own.',
    'Write keys of sources only send events; there is a template for them.',
  ],
});
