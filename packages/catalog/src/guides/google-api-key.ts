/** The set-up guide of the provider template "Google Cloud (API key)". Words only. */
import { defineGuide } from '../guide.ts';

export const googleApiKey = defineGuide({
  template: 'google_api_key',
  summary: 'Google APIs that take an API key: Translation, Vision, YouTube, Places',
  keywords: ['google cloud', 'youtube', 'translate', 'vision', 'places', 'routes'],
  tile: { monogram: 'Go', hue: 217 },
  checked: 'from_memory',
  key_page: { label: 'Credentials', url: 'https://console.cloud.google.com/apis/credentials' },
  steps: [
    'Pick the project in the Google Cloud console and enable the API under **APIs & Services**, **Library**.',
    'Go to **Credentials** and choose **Create credentials**, **API key**.',
    'Restrict the key: under API restrictions to this API, under application restrictions to the address of the vault.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'On the page of credentials, with **Show key**.', looks: 'AIza…' },
    api: { where: "The first part of the API's host, in front of .googleapis.com.", looks: 'translation' },
  },
  scopes: [],
  expires:
    'Keys live until they are deleted. Make a second one with the same restrictions, replace it here, then delete the first.',
  test_call: null,
  pitfalls: [
    'Most Google APIs want OAuth or a service account; a key is enough only for some.',
    'A key says which project pays, not who is calling: it reaches no private data.',
    'There is one secret for each API, so that the key goes nowhere else.',
  ],
});
