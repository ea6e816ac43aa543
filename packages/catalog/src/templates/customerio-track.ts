/** The provider template "Customer.io Track API". Data only. */
import { defineTemplate } from '../template.ts';

export const customerioTrack = defineTemplate({
  id: 'customerio_track',
  name: 'Customer.io Track API',
  category: 'marketing',
  base_url: 'https://track.customer.io/api/v1',
  base_urls: ['https://track.customer.io/api/v1', 'https://track-eu.customer.io/api/v1'],
  allowed_hosts: ['track.customer.io', 'track-eu.customer.io'],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'site_id', label: 'Site ID', secret: false },
    { name: 'api_key', label: 'API key', secret: true },
  ],
  injection: [{ in: 'basic', username: '{site_id}', password: '{api_key}' }],
  default_headers: {},
  verify: null,
  docs_url: 'https://docs.customer.io/api/track/',
  verified: true,
  source_url: 'https://github.com/customerio/customerio-node',
  source_kind: 'vendor_sdk',
  notes: '',
});
