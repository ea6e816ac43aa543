/** The provider template "LangSmith". Data only. */
import { defineTemplate } from '../template.ts';

export const langsmith = defineTemplate({
  id: 'langsmith',
  name: 'LangSmith',
  category: 'ai',
  base_url: 'https://api.smith.langchain.com',
  base_urls: ['https://api.smith.langchain.com'],
  allowed_hosts: ['api.smith.langchain.com', 'eu.api.smith.langchain.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'x-api-key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.smith.langchain.com/api/v1/sessions?limit=1',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://docs.langchain.com/langsmith/home',
  verified: true,
  source_url: 'https://github.com/langchain-ai/langsmith-sdk',
  source_kind: 'vendor_sdk',
  notes: '',
});
