/** The provider template "Segment Public API". Data only. */
import { defineTemplate } from '../template.ts';

export const segment = defineTemplate({
  id: 'segment',
  name: 'Segment Public API',
  category: 'marketing',
  base_url: 'https://api.segmentapis.com',
  base_urls: ['https://api.segmentapis.com', 'https://eu1.api.segmentapis.com'],
  allowed_hosts: ['api.segmentapis.com', 'eu1.api.segmentapis.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.segmentapis.com/',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.segmentapis.com/',
  verified: true,
  source_url: 'https://github.com/segmentio/public-api-sdk-typescript',
  source_kind: 'vendor_sdk',
  notes: '',
});
