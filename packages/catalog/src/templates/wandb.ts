/** The provider template "Weights & Biases". Data only. */
import { defineTemplate } from '../template.ts';

export const wandb = defineTemplate({
  id: 'wandb',
  name: 'Weights & Biases',
  category: 'ai',
  base_url: 'https://api.wandb.ai',
  base_urls: ['https://api.wandb.ai'],
  allowed_hosts: ['api.wandb.ai'],
  variables: [],
  credential_type: 'basic',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'basic', username: 'api', password: '{token}' }],
  default_headers: {},
  verify: {
    method: 'POST',
    url: 'https://api.wandb.ai/graphql',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ viewer { id } }"}',
    expect_status: [200],
    expect_json: { pointer: '/data/viewer/id', present: true },
    verified: false,
  },
  docs_url: 'https://docs.wandb.ai/',
  verified: true,
  source_url: 'https://github.com/wandb/wandb/blob/main/core/internal/api/credentials.go',
  source_kind: 'vendor_sdk',
  notes: '',
});
