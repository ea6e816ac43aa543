/** The set-up guide of the provider template "Neon". Words only. */
import { defineGuide } from '../guide.ts';

export const neon = defineGuide({
  template: 'neon',
  summary: 'Serverless PostgreSQL: projects, branches, roles',
  keywords: ['postgres', 'database', 'branches', 'serverless'],
  tile: { monogram: 'Ne', hue: 155 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://console.neon.tech/app/settings/api-keys' },
  steps: [
    'For a program, open the settings of the organization and go to **API keys**; your own keys are in your account settings.',
    'Choose **Create new**; where it is offered, limit the key to one project.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is created.', looks: 'napi_…' },
  },
  scopes: [{ name: 'Project-scoped key', why: "reaches one project and can't delete it" }],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Lists projects.',
  pitfalls: [
    'A personal key may have to name the organization in org_id, or the test call is refused.',
    'The answers of some calls hold passwords of databases.',
  ],
});
