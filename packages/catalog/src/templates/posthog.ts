/** The provider template "PostHog". Data only. */
import { defineTemplate } from '../template.ts';

export const posthog = defineTemplate({
  id: 'posthog',
  name: 'PostHog',
  category: 'marketing',
  base_url: 'https://us.posthog.com',
  base_urls: ['https://us.posthog.com', 'https://eu.posthog.com'],
  allowed_hosts: ['us.posthog.com', 'eu.posthog.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Personal API key (phx_)', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://us.posthog.com/api/users/@me/',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://posthog.com/docs/api',
  verified: true,
  source_url: 'https://posthog.com/docs/api.md',
  source_kind: 'vendor_docs',
  notes: 'Private endpoints. Capture uses the public project token on *.i.posthog.com: not a secret.',
});
