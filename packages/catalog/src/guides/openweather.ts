/** The set-up guide of the provider template "OpenWeather". Words only. */
import { defineGuide } from '../guide.ts';

export const openweather = defineGuide({
  template: 'openweather',
  summary: 'Weather now, forecasts and history',
  keywords: ['weather', 'forecast', 'climate'],
  tile: { monogram: 'OW', hue: 18 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://home.openweathermap.org/api_keys' },
  steps: [
    'Open **API keys** in your account.',
    'Name a key after the program and choose **Generate**.',
    'Copy it.',
  ],
  values: {
    token: { where: 'In the list of API keys; it can be shown again.', looks: '32 hexadecimal characters' },
  },
  scopes: [],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Reads the weather of one city; free plans count it.',
  pitfalls: [
    'A new key can take up to two hours until it works and answers 401 until then.',
    'One Call 3.0 wants a subscription of its own.',
    'The key travels in the query.',
  ],
});
