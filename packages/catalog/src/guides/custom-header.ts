/** The set-up guide of the provider template "Custom: API key header". Words only. */
import { defineGuide } from '../guide.ts';

export const customHeader = defineGuide({
  template: 'custom_header',
  summary: 'Any API with a key in a header of its own',
  keywords: ['header', 'api key', 'x-api-key', 'internal', 'self-hosted'],
  tile: { monogram: 'Cu', hue: 300 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Make a key for this program alone in the system that is to be called, with the fewest rights that are enough.',
    'Copy it.',
    'Look up the name of the header, and what stands in front of the key in it.',
    'Give the host that the calls go to: the credential is sent nowhere else.',
    'Try it with a call that only reads, with the grant that is made.',
  ],
  values: {
    token: { where: 'The key alone, without what stands in front of it.' },
    host: {
      where: 'The host of the API, with its port where it is not 443; without scheme and path.',
      looks: 'api.internal.example',
    },
    header_name: { where: 'In the documentation of the API.', looks: 'X-API-Key' },
    prefix: { where: 'What stands in front of the key, its space too; nothing for most.', looks: 'Token' },
  },
  scopes: [],
  expires: 'As the system has it. Set a day for the rotation with the secret, so that the vault reminds you.',
  test_call: null,
  pitfalls: [
    'For "Authorization: Bearer" take "Custom: Bearer token".',
    'A private address has to be allowed by ALTER_EGRESS_ALLOW.',
    'There is no test call: the vault does not know what is harmless there.',
  ],
});
