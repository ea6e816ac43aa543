/** The provider template "Twilio". Data only. */
import { defineTemplate } from '../template.ts';

export const twilio = defineTemplate({
  id: 'twilio',
  name: 'Twilio',
  category: 'communication',
  base_url: 'https://api.twilio.com/2010-04-01',
  base_urls: ['https://api.twilio.com/2010-04-01'],
  allowed_hosts: ['api.twilio.com', '**.twilio.com'],
  variables: [],
  credential_type: 'basic',
  fields: [
    { name: 'account_sid', label: 'Account SID or API key SID', secret: false },
    { name: 'auth_token', label: 'Auth token or API key secret', secret: true },
  ],
  injection: [{ in: 'basic', username: '{account_sid}', password: '{auth_token}' }],
  default_headers: {},
  verify: {
    method: 'GET',
    url: 'https://api.twilio.com/2010-04-01/Accounts.json',
    expect_status: [200],
    verified: true,
  },
  docs_url: 'https://www.twilio.com/docs/usage/requests-to-twilio',
  verified: true,
  source_url: 'https://github.com/twilio/twilio-oai',
  source_kind: 'vendor_openapi',
  notes:
    'Other products live on verify., messaging., conversations.twilio.com and so on. API keys (SK...) of type Standard cannot read /Accounts.',
});
