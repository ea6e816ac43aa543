/** The provider template "Azure OpenAI". Data only. */
import { LABEL_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const azureOpenai = defineTemplate({
  id: 'azure_openai',
  name: 'Azure OpenAI',
  category: 'ai',
  base_url: 'https://{resource}.openai.azure.com',
  base_urls: ['https://{resource}.openai.azure.com'],
  allowed_hosts: ['{resource}.openai.azure.com'],
  variables: [{ name: 'resource', label: 'Resource name', example: 'my-resource', pattern: LABEL_PATTERN }],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'api-key', format: '{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{resource}.openai.azure.com/openai/models?api-version=2024-10-21',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://learn.microsoft.com/azure/ai-services/openai/reference',
  verified: true,
  source_url: 'https://github.com/openai/openai-node/blob/master/src/azure.ts',
  source_kind: 'vendor_sdk',
  notes:
    'Foundry resources on *.cognitiveservices.azure.com and *.services.ai.azure.com take the same key; name those hosts when the secret is stored.',
});
