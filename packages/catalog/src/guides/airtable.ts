/** The set-up guide of the provider template "Airtable". Words only. */
import { defineGuide } from '../guide.ts';

export const airtable = defineGuide({
  template: 'airtable',
  summary: 'Bases, tables and records',
  keywords: ['database', 'spreadsheet', 'records', 'bases', 'no-code'],
  tile: { monogram: 'At', hue: 45 },
  checked: 'vendor_docs',
  key_page: { label: 'Personal access tokens', url: 'https://airtable.com/create/tokens' },
  steps: [
    'Open the developer hub and go to **Personal access tokens** under **Developers**.',
    'Choose **Create token** and name it after the program.',
    'Choose **Add a scope** for each that it needs, and give it access to only the bases or workspaces that it needs.',
    'Choose **Create token** and copy it: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: 'pat….…' },
  },
  scopes: [
    { name: 'data.records:read', why: 'reads records' },
    { name: 'data.records:write', why: 'creates, changes and deletes records' },
    { name: 'schema.bases:read', why: 'reads which tables and fields a base has' },
  ],
  expires:
    'Tokens live until they are deleted. A token can be regenerated on its page, which ends the old value at once; to change over without a gap, make a second token.',
  test_call: 'Says which user the token belongs to.',
  pitfalls: [
    'A token never reaches more than its owner: it stops working when that person loses the base.',
    'Each base allows five calls a second, whoever makes them.',
  ],
});
