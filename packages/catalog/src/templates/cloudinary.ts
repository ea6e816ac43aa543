/** The provider template "Cloudinary". Data only. */
import { defineTemplate } from '../template.ts';

export const cloudinary = defineTemplate({
  id: 'cloudinary',
  name: 'Cloudinary',
  category: 'storage',
  base_url: 'https://api.cloudinary.com/v1_1/{cloud_name}',
  base_urls: ['https://api.cloudinary.com/v1_1/{cloud_name}'],
  allowed_hosts: ['api.cloudinary.com', 'api-eu.cloudinary.com'],
  variables: [{ name: 'cloud_name', label: 'Cloud name', example: 'demo', pattern: '^[A-Za-z0-9_-]{1,64}$' }],
  credential_type: 'basic',
  fields: [
    { name: 'api_key', label: 'API key', secret: false },
    { name: 'api_secret', label: 'API secret', secret: true },
  ],
  injection: [{ in: 'basic', username: '{api_key}', password: '{api_secret}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.cloudinary.com/v1_1/{cloud_name}/ping',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://cloudinary.com/documentation/admin_api',
  verified: true,
  source_url: 'https://github.com/cloudinary/cloudinary_npm',
  source_kind: 'vendor_sdk',
  notes:
    'Admin API. The Upload API signs its parameters with the secret and is not covered. The EU host is unconfirmed.',
});
