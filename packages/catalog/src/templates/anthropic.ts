/** The provider template "Anthropic (Claude)". Data only. */
import { defineTemplate } from '../template.ts';

export const anthropic = defineTemplate({
  id: 'anthropic',
  name: 'Anthropic (Claude)',
  category: 'ai',
  base_url: 'https://api.anthropic.com/v1',
  base_urls: ['https://api.anthropic.com/v1'],
  allowed_hosts: ['api.anthropic.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'x-api-key', format: '{token}' }],
  default_headers: { 'anthropic-version': '2026-10-21' },
  verify: {
    method: 'GET',
    url: 'https://api.anthropic.com/v1/models',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://platform.claude.com/docs/en/api/versioning',
  verified: true,
  source_url: 'https://platform.claude.com/docs/en/api/migration-2026-10-21.md',
  source_kind: 'vendor_docs',
  notes:
    "anthropic-version is required; the newest, 2026-10-21, removes temperature, top_p and top_k. It is set only where the caller sent none, so 2023-06-01 still works. The vendor's SDKs may send the key as Authorization: Bearer.",
});
