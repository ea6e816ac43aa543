/** The provider template "Datadog". Data only. */
import { defineTemplate } from '../template.ts';

export const datadog = defineTemplate({
  id: 'datadog',
  name: 'Datadog',
  category: 'monitoring',
  base_url: 'https://api.datadoghq.com',
  base_urls: [
    'https://api.datadoghq.com',
    'https://api.us3.datadoghq.com',
    'https://api.us5.datadoghq.com',
    'https://api.datadoghq.eu',
    'https://api.ap1.datadoghq.com',
    'https://api.ap2.datadoghq.com',
    'https://api.ddog-gov.com',
    'https://api.us2.ddog-gov.com',
  ],
  allowed_hosts: [
    'api.datadoghq.com',
    'api.us3.datadoghq.com',
    'api.us5.datadoghq.com',
    'api.datadoghq.eu',
    'api.ap1.datadoghq.com',
    'api.ap2.datadoghq.com',
    'api.ddog-gov.com',
    'api.us2.ddog-gov.com',
  ],
  variables: [],
  credential_type: 'api_key',
  fields: [
    { name: 'api_key', label: 'API key', secret: true },
    { name: 'application_key', label: 'Application key', secret: true, optional: true },
  ],
  injection: [
    { in: 'header', name: 'DD-API-KEY', format: '{api_key}' },
    { in: 'header', name: 'DD-APPLICATION-KEY', format: '{application_key}' },
  ],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.datadoghq.com/api/v1/validate',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://docs.datadoghq.com/api/latest/authentication/',
  verified: true,
  source_url:
    'https://github.com/DataDog/datadog-api-client-typescript/blob/master/.generator/schemas/v1/openapi.yaml',
  source_kind: 'vendor_openapi',
  notes:
    'The test call checks the API key alone, on the US1 site. Intake hosts (http-intake.logs.*) take DD-API-KEY only.',
});
