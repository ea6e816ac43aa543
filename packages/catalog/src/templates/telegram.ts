/** The provider template "Telegram Bot API". Data only. */
import { defineTemplate } from '../template.ts';

export const telegram = defineTemplate({
  id: 'telegram',
  name: 'Telegram Bot API',
  category: 'communication',
  base_url: 'https://api.telegram.org',
  base_urls: ['https://api.telegram.org'],
  allowed_hosts: ['api.telegram.org'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'path', mode: 'prefix', format: '/bot{token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.telegram.org/getMe',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://core.telegram.org/bots/api#making-requests',
  verified: true,
  source_url: 'https://core.telegram.org/bots/api',
  source_kind: 'vendor_docs',
  notes:
    'The caller asks for /getMe and the vault puts /bot<token> in front. File downloads (/file/bot<token>/...) are not reached by this template.',
});
