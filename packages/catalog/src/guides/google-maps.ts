/** The set-up guide of the provider template "Google Maps Platform". Words only. */
import { defineGuide } from '../guide.ts';

export const googleMaps = defineGuide({
  template: 'google_maps',
  summary: 'Geocoding, directions, places over the older Maps web services',
  keywords: ['maps', 'geocoding', 'directions', 'places', 'location'],
  tile: { monogram: 'GM', hue: 140 },
  checked: 'from_memory',
  key_page: { label: 'Credentials', url: 'https://console.cloud.google.com/google/maps-apis/credentials' },
  steps: [
    'Pick the project in the Google Cloud console and enable the APIs that the program calls, under **Google Maps Platform**.',
    'Go to **Keys & Credentials** and choose **Create credentials**, **API key**.',
    'Restrict the key to these APIs and to the address of the vault.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'On the page of credentials, with **Show key**.', looks: 'AIza…' },
  },
  scopes: [],
  expires:
    'Keys live until they are deleted. Make a second one with the same restrictions, replace it here, then delete the first.',
  test_call: 'Looks up one address; it counts as one geocoding call.',
  pitfalls: [
    'Errors come with status 200; the field status of the answer tells.',
    'The key travels in the query; keys restricted to web sites do not work from here.',
    'The newer Places and Routes APIs take the key in a header: use "Google Cloud (API key)" for them.',
  ],
});
