/** The provider template "HCP Terraform / Terraform Enterprise". Data only. */
import { HOST_PATTERN } from '../patterns.ts';
import { defineTemplate } from '../template.ts';

export const hcpTerraform = defineTemplate({
  id: 'hcp_terraform',
  name: 'HCP Terraform / Terraform Enterprise',
  category: 'developer_tools',
  base_url: 'https://{host}/api/v2',
  base_urls: ['https://{host}/api/v2'],
  allowed_hosts: ['{host}'],
  variables: [
    {
      name: 'host',
      label: 'Host',
      example: 'app.terraform.io',
      pattern: HOST_PATTERN,
      default: 'app.terraform.io',
    },
  ],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: { 'Content-Type': 'application/vnd.api+json' },
  verify: {
    method: 'GET',
    url: 'https://{host}/api/v2/account/details',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developer.hashicorp.com/terraform/cloud-docs/api-docs',
  verified: true,
  source_url: 'https://github.com/hashicorp/go-tfe',
  source_kind: 'vendor_sdk',
  notes: 'Default host app.terraform.io. Team/organization tokens cannot read /account/details.',
});
