/** The provider template "Google Maps Platform". Data only. */
import { defineTemplate } from '../template.ts';

export const googleMaps = defineTemplate({
  id: 'google_maps',
  name: 'Google Maps Platform',
  category: 'data',
  base_url: 'https://maps.googleapis.com',
  base_urls: ['https://maps.googleapis.com'],
  allowed_hosts: ['maps.googleapis.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'query', name: 'key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://maps.googleapis.com/maps/api/geocode/json?address=Berlin',
    expect_status: [200],
    expect_json: { pointer: '/status', equals: 'OK' },
    counts_against_quota: true,
    verified: true,
  },
  docs_url: 'https://developers.google.com/maps/documentation/geocoding/requests-geocoding',
  verified: true,
  source_url: 'https://github.com/googlemaps/google-maps-services-js',
  source_kind: 'vendor_sdk',
  notes:
    'Answers are HTTP 200 even for a wrong key; the status field tells. Newer APIs (places, routes) take X-Goog-Api-Key: use "Google Cloud (API key)".',
});
