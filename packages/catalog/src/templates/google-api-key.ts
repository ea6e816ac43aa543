/** The provider template "Google Cloud (API key)". Data only. */
import { LABEL_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const googleApiKey = defineTemplate({
  id: 'google_api_key',
  name: 'Google Cloud (API key)',
  category: 'data',
  base_url: 'https://{api}.googleapis.com',
  base_urls: ['https://{api}.googleapis.com'],
  allowed_hosts: ['{api}.googleapis.com'],
  variables: [{ name: 'api', label: 'API name', example: 'translation', pattern: LABEL_PATTERN }],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'x-goog-api-key', format: '{token}' }],
  default_headers: {},
  verify: null,
  docs_url: 'https://cloud.google.com/docs/authentication/api-keys-use',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: 'Translation, Vision, YouTube, Places, Routes.',
});
