/** The set-up guide of the provider template "UptimeRobot (v3)". Words only. */
import { defineGuide } from '../guide.ts';

export const uptimerobot = defineGuide({
  template: 'uptimerobot',
  summary: 'Uptime monitors, incidents, status pages',
  keywords: ['uptime', 'monitoring', 'incidents', 'status page'],
  tile: { monogram: 'UR', hue: 150 },
  checked: 'from_memory',
  key_page: { label: 'Integrations & API', url: 'https://dashboard.uptimerobot.com/integrations' },
  steps: [
    'Open **Integrations & API** and go to **API**.',
    'Make the key that is enough: read-only, or the main key for changes.',
    'Copy the key.',
  ],
  values: {
    token: { where: 'Under API, where it was made.', looks: 'u…-… or ur…-…' },
  },
  scopes: [
    { name: 'Read-only API key', why: 'reads monitors, and the test call' },
    { name: 'Main API key', why: 'everything' },
  ],
  expires:
    'Keys live until they are regenerated, which ends the old one at once: replace it here right after.',
  test_call: 'Lists monitors.',
  pitfalls: ['This template is for version 3 of the API; version 2 takes the key in the body.'],
});
