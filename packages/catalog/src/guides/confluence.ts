/** The set-up guide of the provider template "Confluence Cloud". Words only. */
import { defineGuide } from '../guide.ts';

export const confluence = defineGuide({
  template: 'confluence',
  summary: 'Pages, spaces and comments of Confluence Cloud',
  keywords: ['wiki', 'atlassian', 'pages', 'docs', 'knowledge base'],
  tile: { monogram: 'Co', hue: 216 },
  checked: 'vendor_docs',
  key_page: { label: 'API tokens', url: 'https://id.atlassian.com/manage-profile/security/api-tokens' },
  steps: [
    'Open the security settings of your Atlassian account and go to **API tokens**.',
    'Choose **Create API token**, or **Create API token with scopes** to limit it, and name it.',
    'Set the day on which it ends.',
    'Copy the token: it is shown once.',
    'For a token with scopes, give the cloud ID too and call api.atlassian.com.',
  ],
  values: {
    email: { where: 'The e-mail address of the Atlassian account that made the token.' },
    token: { where: 'Shown once, when the token is created.', looks: 'ATATT…' },
    site: { where: "The first part of your site's address, in front of .atlassian.net.", looks: 'acme' },
    cloud_id: {
      where: 'The field cloudId that your site answers at the path /_edge/tenant_info.',
      looks: 'a UUID',
    },
  },
  scopes: [
    { name: 'read:confluence-content.all', why: 'reads pages and other content' },
    { name: 'write:confluence-content', why: 'writes them' },
  ],
  expires:
    'At most one year, as chosen when it is made. Make the next one before that day, and replace it here.',
  test_call: 'Reads the user that the token belongs to.',
  pitfalls: [
    'A token without scopes can do all that its owner can, in every site and app of the account.',
    'Tokens with scopes do not work at the address of the site, so they fail the test call.',
  ],
});
