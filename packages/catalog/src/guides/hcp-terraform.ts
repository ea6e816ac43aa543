/** The set-up guide of the provider template "HCP Terraform / Terraform Enterprise". Words only. */
import { defineGuide } from '../guide.ts';

export const hcpTerraform = defineGuide({
  template: 'hcp_terraform',
  summary: 'Workspaces, runs and state of HCP Terraform or Terraform Enterprise',
  keywords: ['terraform', 'infrastructure', 'iac', 'hashicorp', 'runs'],
  tile: { monogram: 'Tf', hue: 262 },
  checked: 'from_memory',
  key_page: { label: 'Tokens', url: 'https://app.terraform.io/app/settings/tokens' },
  steps: [
    'For a program, open the settings of the organization and make a team token; for yourself, open **Tokens** in your account settings.',
    'Choose **Create an API token**, describe it, and set its expiration.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is created.', looks: '….atlasv1.…' },
    host: { where: 'The host of your Terraform Enterprise; app.terraform.io for HCP Terraform.' },
  },
  scopes: [],
  expires: 'As chosen when it is made. Make the next one before that, and replace it here.',
  test_call: 'Reads the account of the token; tokens of teams and organizations have none and fail it.',
  pitfalls: [
    'A team token can do what its team can; a user token all that the user can.',
    'State files hold secrets of their own: give this grant to few.',
  ],
});
