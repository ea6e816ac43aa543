/** The set-up guide of the provider template "Custom: query parameter". Words only. */
import { defineGuide } from '../guide.ts';

export const customQuery = defineGuide({
  template: 'custom_query',
  summary: 'Any API with a key in the query',
  keywords: ['query', 'api key', 'parameter', 'internal', 'self-hosted'],
  tile: { monogram: 'Cu', hue: 340 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Ask first whether the API also takes its key in a header: a query stands in logs on its way.',
    'Make a key for this program alone, with the fewest rights that are enough, and copy it.',
    'Look up the name of the parameter.',
    'Give the host that the calls go to: the credential is sent nowhere else.',
    'Try it with a call that only reads, with the grant that is made.',
  ],
  values: {
    token: { where: 'The key alone; the vault encodes it for the query.' },
    host: {
      where: 'The host of the API, with its port where it is not 443; without scheme and path.',
      looks: 'api.internal.example',
    },
    param_name: { where: 'In the documentation of the API.', looks: 'api_key' },
  },
  scopes: [],
  expires: 'As the system has it. Set a day for the rotation with the secret, so that the vault reminds you.',
  test_call: null,
  pitfalls: [
    'The vault keeps the key out of its own log; the upstream and what lies between may not.',
    'A private address has to be allowed by ALTER_EGRESS_ALLOW.',
    'There is no test call: the vault does not know what is harmless there.',
  ],
});
