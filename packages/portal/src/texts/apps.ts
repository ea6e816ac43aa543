/** Texts of the apps of an organization. */
export const apps = {
  title: 'Apps',
  lead: 'An app is a hard boundary: its secrets, grants, keys, agents, policies and audit log are its own.',
  create: 'New app',
  createTitle: 'Make an app',
  name: 'Name',
  nameHint: 'Letters, digits, “.”, “_” and “-”. It stands in addresses and in the audit log.',
  created: (name: string) => `App ${name} is made.`,
  table: 'Apps of the organization',
  createdAt: 'Made',
  id: 'Id',
  emptyTitle: 'No apps yet',
  emptyText: 'Make one for each product or team whose credentials must not meet.',
} as const;
