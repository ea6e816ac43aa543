/** The provider template "Elasticsearch / Elastic Cloud". Data only. */
import { HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const elasticsearch = defineTemplate({
  id: 'elasticsearch',
  name: 'Elasticsearch / Elastic Cloud',
  category: 'monitoring',
  base_url: 'https://{host}',
  base_urls: ['https://{host}'],
  allowed_hosts: ['{host}'],
  variables: [
    {
      name: 'host',
      label: 'Host',
      example: 'my-deployment.es.us-east-1.aws.elastic.cloud',
      pattern: HOST_PATTERN,
    },
  ],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'ApiKey {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://{host}/_security/_authenticate',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://www.elastic.co/docs/deploy-manage/api-keys/elasticsearch-api-keys',
  verified: true,
  source_url: 'https://github.com/elastic/elasticsearch-js',
  source_kind: 'vendor_sdk',
  notes: "The token is the base64 of id:api_key ('encoded').",
});
