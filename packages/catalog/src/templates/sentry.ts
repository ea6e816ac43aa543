/** The provider template "Sentry". Data only. */
import { defineTemplate } from '../template.ts';

export const sentry = defineTemplate({
  id: 'sentry',
  name: 'Sentry',
  category: 'monitoring',
  base_url: 'https://sentry.io/api/0',
  base_urls: ['https://sentry.io/api/0', 'https://us.sentry.io/api/0'],
  allowed_hosts: ['sentry.io', 'us.sentry.io', 'de.sentry.io'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Auth token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://us.sentry.io/api/0/organizations/',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.sentry.io/api/auth/',
  verified: true,
  source_url: 'https://github.com/getsentry/sentry-api-schema',
  source_kind: 'vendor_openapi',
  notes: 'Organizations live in a region: https://{region}.sentry.io.',
});
