/** The provider template "DeepSeek". Data only. */
import { defineTemplate } from '../template.ts';

export const deepseek = defineTemplate({
  id: 'deepseek',
  name: 'DeepSeek',
  category: 'ai',
  base_url: 'https://api.deepseek.com',
  base_urls: ['https://api.deepseek.com'],
  allowed_hosts: ['api.deepseek.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.deepseek.com/models',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://api-docs.deepseek.com/api/list-models',
  verified: false,
  source_url: 'https://w3cschool.cn/deepseekdocs/deepseek-lists-models.html',
  source_kind: 'third_party',
  notes: "Unconfirmed by the vendor's own pages.",
});
