/** The provider template "Amplitude Analytics". Data only. */
import { defineTemplate } from '../template.ts';

export const amplitude = defineTemplate({
  id: 'amplitude',
  name: 'Amplitude Analytics',
  category: 'marketing',
  base_url: 'https://amplitude.com/api/2',
  base_urls: ['https://amplitude.com/api/2', 'https://analytics.eu.amplitude.com/api/2'],
  allowed_hosts: ['amplitude.com', 'analytics.eu.amplitude.com'],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'api_key', label: 'API key', secret: false },
    { name: 'secret_key', label: 'Secret key', secret: true },
  ],
  injection: [{ in: 'basic', username: '{api_key}', password: '{secret_key}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://amplitude.com/api/2/events/list',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://amplitude.com/docs/apis/authentication',
  verified: true,
  source_url: 'https://github.com/amplitude/amplitude-dev-center',
  source_kind: 'vendor_docs',
  notes: 'Ingestion (api2.amplitude.com) takes api_key in the body.',
});
