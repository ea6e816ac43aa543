/** The provider template "Voyage AI". Data only. */
import { defineTemplate } from '../template.ts';

export const voyage = defineTemplate({
  id: 'voyage',
  name: 'Voyage AI',
  category: 'ai',
  base_url: 'https://api.voyageai.com/v1',
  base_urls: ['https://api.voyageai.com/v1'],
  allowed_hosts: ['api.voyageai.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: null,
  docs_url: 'https://docs.voyageai.com/reference/embeddings-api',
  verified: true,
  source_url: 'https://github.com/voyage-ai/voyageai-python',
  source_kind: 'vendor_sdk',
  notes: 'No free read-only call found.',
});
