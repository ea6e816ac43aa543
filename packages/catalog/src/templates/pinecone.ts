/** The provider template "Pinecone". Data only. */
import { defineTemplate } from '../template.ts';

export const pinecone = defineTemplate({
  id: 'pinecone',
  name: 'Pinecone',
  category: 'ai',
  base_url: 'https://api.pinecone.io',
  base_urls: ['https://api.pinecone.io'],
  allowed_hosts: ['api.pinecone.io', '**.pinecone.io'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Api-Key', format: '{token}' }],
  default_headers: { 'X-Pinecone-Api-Version': '2026-04' },
  verify: {
    method: 'GET',
    url: 'https://api.pinecone.io/indexes',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.pinecone.io/reference/api/authentication',
  verified: true,
  source_url: 'https://github.com/pinecone-io/pinecone-api',
  source_kind: 'vendor_openapi',
  notes: 'Index hosts are under *.svc.*.pinecone.io: the wildcard must match several labels.',
});
