/** The provider template "Segment Tracking API". Data only. */
import { defineTemplate } from '../template.ts';

export const segmentTracking = defineTemplate({
  id: 'segment_tracking',
  name: 'Segment Tracking API',
  category: 'marketing',
  base_url: 'https://api.segment.io/v1',
  base_urls: ['https://api.segment.io/v1'],
  allowed_hosts: ['api.segment.io', 'events.eu1.segmentapis.com'],
  variables: [],
  credential_type: 'basic',
  fields: [{ name: 'token', label: 'Write key', secret: true }],
  injection: [{ in: 'basic', username: '{token}', password: '' }],
  default_headers: {},
  verify: null,
  docs_url: 'https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: 'The write key is the user name; the password is empty.',
});
