/** The provider template "Typeform". Data only. */
import { defineTemplate } from '../template.ts';

export const typeform = defineTemplate({
  id: 'typeform',
  name: 'Typeform',
  category: 'marketing',
  base_url: 'https://api.typeform.com',
  base_urls: ['https://api.typeform.com', 'https://api.eu.typeform.com'],
  allowed_hosts: ['api.typeform.com', 'api.eu.typeform.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Personal access token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.typeform.com/me',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://www.typeform.com/developers/get-started/personal-access-token/',
  verified: true,
  source_url: 'https://github.com/Typeform/js-api-client',
  source_kind: 'vendor_sdk',
  notes: '',
});
