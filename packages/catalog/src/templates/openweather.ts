/** The provider template "OpenWeather". Data only. */
import { defineTemplate } from '../template.ts';

export const openweather = defineTemplate({
  id: 'openweather',
  name: 'OpenWeather',
  category: 'data',
  base_url: 'https://api.openweathermap.org',
  base_urls: ['https://api.openweathermap.org'],
  allowed_hosts: ['api.openweathermap.org'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'query', name: 'appid', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.openweathermap.org/data/2.5/weather?q=London',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://openweathermap.org/appid',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: '',
});
