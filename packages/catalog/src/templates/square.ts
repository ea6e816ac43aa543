/** The provider template "Square". Data only. */
import { defineTemplate } from '../template.ts';

export const square = defineTemplate({
  id: 'square',
  name: 'Square',
  category: 'payments',
  base_url: 'https://connect.squareup.com',
  base_urls: ['https://connect.squareup.com', 'https://connect.squareupsandbox.com'],
  allowed_hosts: ['connect.squareup.com', 'connect.squareupsandbox.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'Access token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://connect.squareup.com/v2/locations',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://developer.squareup.com/docs/build-basics/access-tokens',
  verified: true,
  source_url: 'https://github.com/square/connect-api-specification',
  source_kind: 'vendor_openapi',
  notes: 'Square-Version belongs to the caller. The sandbox host is unconfirmed.',
});
