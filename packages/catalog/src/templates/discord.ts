/** The provider template "Discord (bot)". Data only. */
import { defineTemplate } from '../template.ts';

export const discord = defineTemplate({
  id: 'discord',
  name: 'Discord (bot)',
  category: 'communication',
  base_url: 'https://discord.com/api/v10',
  base_urls: ['https://discord.com/api/v10'],
  allowed_hosts: ['discord.com'],
  variables: [],
  credential_type: 'api_key',
  fields: [{ name: 'token', label: 'API token', secret: true }],
  injection: [{ in: 'header', name: 'Authorization', format: 'Bot {token}' }],
  default_headers: { 'User-Agent': 'DiscordBot (alter-vault, 1)' },
  verify: {
    method: 'GET',
    url: 'https://discord.com/api/v10/users/@me',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://discord.com/developers/docs/reference#authentication',
  verified: true,
  source_url: 'https://github.com/discord/discord-api-docs',
  source_kind: 'vendor_docs',
  notes:
    'Discord asks for a User-Agent of the form "DiscordBot (url, version)"; send your own, or the default is used.',
});
