/** The set-up guide of the provider template "Custom: Bearer token". Words only. */
import { defineGuide } from '../guide.ts';

export const customBearer = defineGuide({
  template: 'custom_bearer',
  summary: 'Any API with a bearer token',
  keywords: ['bearer', 'token', 'internal', 'self-hosted', 'api'],
  tile: { monogram: 'Cu', hue: 260 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Make a token for this program alone in the system that is to be called, with the fewest rights that are enough.',
    'Copy it.',
    'Give the host that the calls go to: the credential is sent nowhere else.',
    'Try it with a call that only reads, with the grant that is made.',
  ],
  values: {
    token: { where: 'The token alone, without "Bearer", which the vault adds.' },
    host: {
      where: 'The host of the API, with its port where it is not 443; without scheme and path.',
      looks: 'api.internal.example',
    },
  },
  scopes: [],
  expires: 'As the system has it. Set a day for the rotation with the secret, so that the vault reminds you.',
  test_call: null,
  pitfalls: [
    'A private address has to be allowed by ALTER_EGRESS_ALLOW.',
    'An own certificate authority has to be named by ALTER_EGRESS_CA_FILE.',
    'There is no test call: the vault does not know what is harmless there.',
  ],
});
