/** The provider template "Hugging Face". Data only. */
import { defineTemplate } from '../template.ts';

export const huggingface = defineTemplate({
  id: 'huggingface',
  name: 'Hugging Face',
  category: 'ai',
  base_url: 'https://huggingface.co/api',
  base_urls: ['https://huggingface.co/api', 'https://router.huggingface.co'],
  allowed_hosts: ['huggingface.co', 'router.huggingface.co'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'User access token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://huggingface.co/api/whoami-v2',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://huggingface.co/docs/hub/security-tokens',
  verified: true,
  source_url: 'https://github.com/huggingface/hub-docs',
  source_kind: 'vendor_docs',
  notes: 'Downloads redirect to CDN hosts: never forward the header across hosts.',
});
