/** The provider template "Telnyx". Data only. */
import { defineTemplate } from '../template.ts';

export const telnyx = defineTemplate({
  id: 'telnyx',
  name: 'Telnyx',
  category: 'communication',
  base_url: 'https://api.telnyx.com/v2',
  base_urls: ['https://api.telnyx.com/v2'],
  allowed_hosts: ['api.telnyx.com'],
  variables: [],
  credential_type: 'bearer',
  fields: [{ name: 'token', label: 'API key', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.telnyx.com/v2/balance',
    expect_status: [200],
    verified: false,
  },
  docs_url: 'https://developers.telnyx.com/',
  verified: false,
  source_url: null,
  source_kind: 'unconfirmed',
  notes: '',
});
