/** The set-up guide of the provider template "Anthropic (Claude)". Words only. */
import { defineGuide } from '../guide.ts';

export const anthropic = defineGuide({
  template: 'anthropic',
  summary: 'Claude models: messages, tools, batches and files',
  keywords: ['claude', 'llm', 'messages', 'opus', 'sonnet', 'haiku'],
  tile: { monogram: 'A', hue: 18 },
  checked: 'from_memory',
  key_page: { label: 'API keys', url: 'https://platform.claude.com/settings/keys' },
  steps: [
    'Open the settings of the Claude Console and go to **API keys**.',
    'Choose **Create Key**, pick the workspace that limits and bills it, and name it after the program.',
    'Copy the key: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the key is made.', looks: 'sk-ant-api…' },
  },
  scopes: [],
  expires:
    'Keys do not expire by themselves; they can be disabled or deleted at any time. To rotate, make a new one in the same workspace, replace it here, then delete the old one.',
  test_call: 'Lists the models that the key may use.',
  pitfalls: [
    'A key belongs to one workspace; files and batches of another are not found.',
    'Admin keys (sk-ant-admin…) are for the administration endpoints and do not call models.',
    'Spend limits are set for the workspace, not for the key.',
  ],
});
