/** The set-up guide of the provider template "Datadog". Words only. */
import { defineGuide } from '../guide.ts';

export const datadog = defineGuide({
  template: 'datadog',
  summary: 'Metrics, monitors, dashboards, logs and events',
  keywords: ['metrics', 'logs', 'apm', 'dashboards', 'monitors', 'observability'],
  tile: { monogram: 'DD', hue: 268 },
  checked: 'vendor_docs',
  key_page: { label: 'API keys', url: 'https://app.datadoghq.com/organization-settings/api-keys' },
  steps: [
    'Open **Organization Settings** and go to **API Keys**.',
    'Choose **New Key**, name it after the program, and copy the key, not its ID.',
    'For reading and for changes, go to **Application Keys** and choose **New Key** there too; a service account can own it.',
    'Edit the **Scope** of the application key so that it holds only what the program needs.',
    'Copy it.',
  ],
  values: {
    api_key: { where: 'In the organization settings, under API Keys.', looks: '32 hexadecimal characters' },
    application_key: {
      where: 'Under Application Keys; newer organizations show it once, when it is made.',
      looks: '40 letters and digits',
    },
  },
  scopes: [
    { name: 'metrics_read', why: 'reads metrics' },
    { name: 'monitors_read', why: 'reads monitors' },
    { name: 'monitors_write', why: 'changes monitors' },
    { name: 'dashboards_read', why: 'reads dashboards' },
  ],
  expires: 'Keys live until they are deleted. Make a second one, replace it here, then delete the first.',
  test_call: 'Checks the API key alone, on the US1 site.',
  pitfalls: [
    'Each site of Datadog has keys and a host of its own; the test call fails for all but US1.',
    'An application key has the rights of its owner, less what its scopes leave out, and ends with that account.',
    'Sending metrics and logs needs the API key alone: leave the application key out.',
  ],
});
