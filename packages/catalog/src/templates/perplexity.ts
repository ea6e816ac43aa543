/** The provider template "Perplexity". Data only. */
import { defineTemplate } from '../template.ts';

export const perplexity = defineTemplate({
  id: 'perplexity',
  name: 'Perplexity',
  category: 'ai',
  base_url: 'https://api.perplexity.ai',
  base_urls: ['https://api.perplexity.ai'],
  allowed_hosts: ['api.perplexity.ai'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: null,
  docs_url: 'https://docs.perplexity.ai/',
  verified: true,
  source_url: 'https://github.com/perplexityai/perplexity-node',
  source_kind: 'vendor_sdk',
  notes: 'No free read-only call found: no verify call.',
});
