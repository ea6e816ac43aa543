/** The set-up guide of the provider template "Grafana". Words only. */
import { defineGuide } from '../guide.ts';

export const grafana = defineGuide({
  template: 'grafana',
  summary: 'Dashboards, data sources, alerts of Grafana Cloud or your own',
  keywords: ['dashboards', 'metrics', 'alerts', 'observability', 'loki'],
  tile: { monogram: 'Gr', hue: 25 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Open **Administration** in your Grafana, then **Users and access** and **Service accounts**.',
    'Choose **Add service account**, name it after the program, and give it the role **Viewer**, or less.',
    'Choose **Add service account token** and set its expiration.',
    'Copy the token: it is shown once.',
  ],
  values: {
    token: { where: 'Shown once, when the token is generated.', looks: 'glsa_…' },
    host: { where: 'The host in the address of your Grafana.', looks: 'acme.grafana.net' },
  },
  scopes: [
    { name: 'Viewer', why: 'reads dashboards and alerts' },
    { name: 'Editor', why: 'changes them' },
  ],
  expires:
    'As chosen when it is made; by default never. A service account can have several tokens: add one, replace it here, then delete the first.',
  test_call: 'Reads the organization that the token belongs to.',
  pitfalls: [
    'Access policy tokens (glc_…) are for the Cloud API and for sending data, and do not work here.',
    'A private address has to be allowed by ALTER_EGRESS_ALLOW.',
  ],
});
