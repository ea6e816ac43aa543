/** The set-up guide of the provider template "HubSpot (private app)". Words only. */
import { defineGuide } from '../guide.ts';

export const hubspot = defineGuide({
  template: 'hubspot',
  summary: 'Contacts, companies, deals and tickets',
  keywords: ['crm', 'contacts', 'deals', 'marketing', 'sales'],
  tile: { monogram: 'Hs', hue: 14 },
  checked: 'vendor_docs',
  key_page: { label: 'HubSpot', url: 'https://app.hubspot.com/' },
  steps: [
    'Open **Development** in your account, as a super admin, and then **Legacy apps** for an app that you already have.',
    'Open the app, go to **Auth**, and choose **Show token**.',
    'Copy the token.',
    'Where there is none: HubSpot lets nobody make new legacy private apps since October 2026 and points to its service keys instead; see its documentation for what they can do.',
  ],
  values: {
    token: { where: 'In the app, under Auth; it can be shown again.', looks: 'pat-…' },
  },
  scopes: [
    { name: 'crm.objects.contacts.read', why: 'reads contacts' },
    { name: 'crm.objects.contacts.write', why: 'creates and changes contacts' },
    { name: 'crm.objects.deals.read', why: 'reads deals' },
  ],
  expires:
    'The token lives until it is rotated in the app; HubSpot recommends every six months. Rotation can leave the old one valid for some days.',
  test_call: 'Reads the details of the account.',
  pitfalls: ['The rights of the app depend on the super admin who made it.', 'API keys (hapikey) are gone.'],
});
