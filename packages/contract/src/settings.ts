/** Settings of the organization and facts of the vault on the wire, and the endpoint table of both. */
import { z } from 'zod';
import { define } from './endpoint.ts';
import { nullableTime } from './pieces.ts';
import { ROLES } from './scopes.ts';

/** A hundred years: longer is for ever. */
const MONTHS_MAX = 1200;
const months = z.number().int().min(1).max(MONTHS_MAX);

const retention = z.object({
  months: months.nullable().describe('whole months of the audit log that are kept; null: for ever'),
  months_min: months
    .nullable()
    .describe('ALTER_AUDIT_RETENTION_MONTHS of the operator: what holds by default, and at least'),
  is_default: z.boolean().describe('nobody has set it here: it is as the operator started the vault'),
  changed_at: nullableTime,
  in_force_at: nullableTime.describe('until then nothing more is dropped; null where it is in force'),
});

const singleSignOn = z.object({
  name: z.string(),
  issuer: z.string(),
  client_id: z.string(),
  redirect_uri: z.string().describe('what the provider must be told, to the letter'),
  domains: z.array(z.string()).describe('whose people become members without an invitation'),
  role: z.enum(ROLES).describe('of who becomes a member that way'),
});

const vault = z.object({
  version: z.string(),
  node: z.string(),
  postgresql: z.string(),
  database: z.enum(['embedded', 'external']),
  has_owner_role: z.boolean().describe('whether audit is append-only by the database itself'),
  counters: z.enum(['postgresql', 'redis']).describe('where limits are counted'),
  root_key: z.enum(['data_dir_file', 'file', 'value']).describe('where the root key lies'),
  public_url: z.string(),
  workers: z.number().int(),
  mail_server: z.string().nullable().describe('host and port; null: no e-mail'),
  single_sign_on: singleSignOn.nullable().describe('the identity provider; null: none'),
  egress_allow: z.array(z.string()).describe('private networks that may be called'),
  egress_resolve: z.number().int().describe('hosts that are dialled elsewhere than DNS says'),
  has_egress_ca: z.boolean(),
  keyring_rotate_days: z.number().int().describe('0: not by age'),
  approval_result_hours: z.number().int(),
  held_body_bytes_max: z.number().int(),
});

const settings = z.object({ audit_retention: retention, vault, warnings: z.array(z.string()) });

const settingsChange = z.strictObject({
  audit_retention_months: months.nullable().describe('null: for ever'),
});

const mailTested = z.object({
  ok: z.boolean(),
  to: z.string(),
  status_code: z.number().int().nullable().describe('what the mail server answered, when it refused'),
  code: z.string().nullable().describe('why there was no success'),
});

export const SETTINGS_ENDPOINTS = {
  getSettings: define({
    method: 'GET',
    path: '/v1/settings',
    summary: 'How long the audit log is kept, and what the vault runs on; nothing secret',
    tag: 'Settings',
    permission: 'settings:read',
    audit: null,
    status: 200,
    answer: settings,
  }),
  changeSettings: define({
    method: 'PATCH',
    path: '/v1/settings',
    summary: 'Change how long the audit log is kept',
    tag: 'Settings',
    permission: 'settings:write',
    audit: 'settings.updated',
    stepUp: true,
    body: settingsChange,
    status: 200,
    answer: settings,
  }),
  testMail: define({
    method: 'POST',
    path: '/v1/settings/test-mail',
    summary: 'Send a test mail to yourself, once, and tell how it went',
    tag: 'Settings',
    permission: 'settings:write',
    audit: 'mail.tested',
    status: 200,
    answer: mailTested,
  }),
} as const;
