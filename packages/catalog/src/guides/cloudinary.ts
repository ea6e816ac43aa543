/** The set-up guide of the provider template "Cloudinary". Words only. */
import { defineGuide } from '../guide.ts';

export const cloudinary = defineGuide({
  template: 'cloudinary',
  summary: 'Images and videos: assets, folders, transformations (Admin API)',
  keywords: ['images', 'videos', 'media', 'assets', 'dam'],
  tile: { monogram: 'Cl', hue: 228 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://console.cloudinary.com/settings/api-keys' },
  steps: [
    'Open **Settings** in the console and go to **API Keys**.',
    'Choose **Generate New API Key** and name it after the program.',
    'Copy key and secret; the secret is shown after a check by e-mail.',
    'Take the cloud name from the same page.',
  ],
  values: {
    api_key: { where: 'In the list of API keys.', looks: '15 digits' },
    api_secret: {
      where: 'In the list of API keys, where it can be revealed.',
      looks: '27 letters, digits, - and _',
    },
    cloud_name: { where: 'At the top of the page of keys.', looks: 'acme' },
  },
  scopes: [],
  expires:
    'Keys live until they are deactivated and deleted. Generate a second one, replace both values here, then deactivate the first.',
  test_call: 'Pings the API.',
  pitfalls: [
    'Uploads are signed with the secret by the caller, which this template does not do.',
    'Calls of the Admin API are counted per hour.',
  ],
});
