/** The set-up guide of the provider template "Shopify Admin API". Words only. */
import { defineGuide } from '../guide.ts';

export const shopify = defineGuide({
  template: 'shopify',
  summary: 'Products, orders, customers and inventory of one shop',
  keywords: ['e-commerce', 'shop', 'orders', 'products', 'graphql'],
  tile: { monogram: 'Sh', hue: 95 },
  checked: 'vendor_docs',
  key_page: { label: 'Dev Dashboard', url: 'https://dev.shopify.com/dashboard/' },
  steps: [
    'For a custom app that was made in the admin of the shop, open **Apps**, **Develop apps**, the app, and **API credentials**, and take its Admin API access token.',
    'New apps are made in the Dev Dashboard: choose **Create app**, add the **Access scopes** in a version, and install it on the shop.',
    'Get a token for the app in the way that its distribution allows; see the note on expiry.',
    'Copy the token.',
  ],
  values: {
    token: {
      where:
        'In the API credentials of the app, where it is shown once; or answered when the app asks for it.',
      looks: 'shpat_…',
    },
    shop: { where: 'The first part of the permanent domain, in front of .myshopify.com.', looks: 'acme' },
  },
  scopes: [
    { name: 'read_products', why: 'reads products' },
    { name: 'read_orders', why: 'reads orders of the last 60 days' },
    { name: 'write_inventory', why: 'changes stock' },
  ],
  expires:
    'Tokens of custom apps made in the admin live until the app is uninstalled. Tokens that an app gets with its client credentials live 24 hours, which does not suit a stored secret.',
  test_call: 'Asks for the name of the shop.',
  pitfalls: [
    'No new custom apps can be made in the admin since January 2026; those that exist go on working.',
    'The permanent domain may differ from the one that customers see.',
    'The API is GraphQL: a policy has to look at the operation in the body, not only at the path.',
    'Versions are quarterly and end after a year.',
  ],
});
