/** The shapes of people and of coming in: sessions, passwords, second factors, members, access tokens. */
import { z } from 'zod';
import {
  id,
  NAME_LENGTH_MAX,
  nullableTime,
  pageQuery,
  plainText,
  searchText,
  time,
  timeOut,
  TTL_SECONDS_MAX,
} from './pieces.ts';
import { ROLES, SCOPES } from './scopes.ts';

/** NIST SP 800-63B §3.1.1.2: length, and a list of what is common, instead of rules on characters. */
export const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 256;
const DISPLAY_NAME_LENGTH_MAX = 128;
const TOTP_DIGITS = 6;

const email = z.email().max(254);
const password = z.string().min(PASSWORD_LENGTH_MIN).max(PASSWORD_LENGTH_MAX);
const givenPassword = z.string().min(1).max(PASSWORD_LENGTH_MAX);
const displayName = plainText(DISPLAY_NAME_LENGTH_MAX);
const role = z.enum(ROLES);
const totpCode = z.string().regex(new RegExp(`^\\d{${TOTP_DIGITS}}$`), `must be ${TOTP_DIGITS} digits`);
const recoveryCode = z.string().min(1).max(64);
const secondFactor = {
  totp_code: totpCode.optional(),
  recovery_code: recoveryCode.optional().describe('instead of totp_code; each is good once'),
};

// Coming in

export const setup = z.strictObject({ setup_token: z.string().min(1).max(256), email, password });
export const signIn = z.strictObject({ email, password: givenPassword, ...secondFactor });

export const STEP_UP_METHODS = ['password', 'passkey', 'sso'] as const;
export type StepUpMethod = (typeof STEP_UP_METHODS)[number];
export const stepUp = z.strictObject({ password: givenPassword, ...secondFactor });
export const steppedUp = z.object({ valid_until: timeOut });

export const session = z.object({
  member_id: id,
  email: z.string().nullable(),
  display_name: z.string().nullable(),
  role,
  scopes: z.array(z.enum(SCOPES)),
  organization_id: id,
  expires_at: nullableTime,
  session_id: id.nullable().describe('null with an access token'),
  csrf_token: z
    .string()
    .nullable()
    .describe('what a session sends as Alter-Csrf when it changes something; null with an access token'),
  stepped_up_until: nullableTime,
  step_up_methods: z.array(z.enum(STEP_UP_METHODS)).describe('how this member can step up'),
  has_password: z.boolean(),
  has_totp: z.boolean(),
  passkeys: z.number().int(),
  has_sso: z.boolean().describe('whether the account is linked with one at the identity provider'),
  recovery_codes_left: z.number().int().nullable().describe('null without a second factor'),
});
export const profileChange = z.strictObject({ display_name: displayName.nullable() });

const ssoOffer = z
  .object({ name: z.string().describe('of the provider, for the button') })
  .nullable()
  .describe('single sign-on; null where there is none');

export const signInOptions = z.object({
  needs_setup: z.boolean().describe('nobody is there yet: the first start printed a link'),
  passkeys: z.object({
    available: z.boolean(),
    reason: z.string().nullable().describe('why they are not, to be shown'),
  }),
  sso: ssoOffer,
  recovery: z.boolean().describe('whether a forgotten password can be set anew by a mailed link'),
  password_length_min: z.number().int(),
});

export const SIGNED_IN_BY = [
  'password',
  'password_totp',
  'password_recovery_code',
  'passkey',
  'sso',
  'invitation',
  'setup',
] as const;
export type SignedInBy = (typeof SIGNED_IN_BY)[number];

export const ownSession = z.object({
  session_id: id,
  is_current: z.boolean(),
  signed_in_by: z.enum(SIGNED_IN_BY).nullable().describe('null for sessions of an earlier version'),
  created_at: timeOut,
  last_seen_at: timeOut,
  expires_at: timeOut,
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
});
export const sessionsEnded = z.object({ ended: z.number().int() });

// Password and second factor

export const passwordChange = z.strictObject({
  new_password: password,
  current_password: givenPassword.optional().describe('without it the session must have stepped up'),
});
export const totpStarted = z.object({
  secret: z.string().describe('base32, for typing; shown once'),
  otpauth_url: z.string().describe('the same as a URL, for a QR code'),
});
export const totpConfirm = z.strictObject({ code: totpCode });
export const recoveryCodes = z.object({ recovery_codes: z.array(z.string()).describe('shown once') });

// Passkeys

/** The binary fields of WebAuthn, in base64url; a public key or a signature of the largest kind fits. */
const binary = z.string().max(32_768);
const credentialParts = {
  id: z.string().min(1).max(1400),
  rawId: z.string().min(1).max(1400),
  type: z.literal('public-key'),
  authenticatorAttachment: z.string().max(32).optional(),
  clientExtensionResults: z.record(z.string().max(64), z.unknown()).optional(),
};
const registration = z
  .strictObject({
    ...credentialParts,
    response: z.strictObject({
      clientDataJSON: binary,
      attestationObject: binary,
      authenticatorData: binary.optional(),
      transports: z.array(z.string().max(32)).max(16).optional(),
      publicKey: binary.optional(),
      publicKeyAlgorithm: z.number().int().optional(),
    }),
  })
  .describe('RegistrationResponseJSON of WebAuthn');
const authentication = z
  .strictObject({
    ...credentialParts,
    response: z.strictObject({
      clientDataJSON: binary,
      authenticatorData: binary,
      signature: binary,
      userHandle: binary.optional(),
    }),
  })
  .describe('AuthenticationResponseJSON of WebAuthn');

export const passkey = z.object({
  passkey_id: id,
  name: z.string(),
  created_at: timeOut,
  last_used_at: nullableTime,
  is_synced: z.boolean().describe('its authenticator keeps copies elsewhere'),
});
export const passkeyOptions = z.object({
  options: z.record(z.string(), z.unknown()).describe('for navigator.credentials, as JSON of WebAuthn'),
});
export const passkeyCreate = z.strictObject({ name: plainText(NAME_LENGTH_MAX), credential: registration });
export const passkeyRename = z.strictObject({ name: plainText(NAME_LENGTH_MAX) });
export const passkeyAnswer = z.strictObject({ credential: authentication });

// Single sign-on

/** Why it did not go on, as the portal is told after `?sso=`. */
export const SSO_FAULTS = [
  'expired',
  'denied',
  'unavailable',
  'refused',
  'not_fresh',
  'not_invited',
  'not_verified',
  'link_first',
  'other_account',
  'removed',
  'failed',
] as const;
export type SsoFault = (typeof SSO_FAULTS)[number];

export const ssoStart = z.strictObject({
  next: z.string().max(1024).optional().describe('the path of the portal to go on to'),
});
export const ssoStarted = z.object({ url: z.string().describe('where to send the browser') });

// Members

export const MEMBER_STATUSES = ['active', 'invited'] as const;

export const member = z.object({
  member_id: id,
  email: z.string().nullable(),
  display_name: z.string().nullable(),
  role,
  status: z.enum(MEMBER_STATUSES).describe('invited: never came in, and has nothing yet to come in with'),
  created_at: timeOut,
  last_signed_in_at: nullableTime,
  has_password: z.boolean(),
  has_totp: z.boolean(),
  passkeys: z.number().int(),
  has_sso: z.boolean().describe('whether an account at an identity provider is linked'),
  invited_until: nullableTime.describe(
    'until when the invitation can be taken up; null for who came in, or was given no link',
  ),
});
export const memberQuery = pageQuery.extend({
  status: z.enum(MEMBER_STATUSES).optional(),
  q: searchText.describe('part of the e-mail address or of the name'),
});
export const memberCreate = z.strictObject({
  email,
  role,
  password: password.optional(),
  display_name: displayName.optional(),
});
export const memberChange = z.strictObject({
  role: role.optional(),
  password: password.optional(),
  display_name: displayName.nullable().optional(),
});
export const setupDone = member.extend({
  app_id: id,
  token: z.string().describe('an access token with all scopes, shown once'),
  expires_at: timeOut,
});

// One-time links

const linkToken = z.string().min(1).max(256).describe('what follows #token= in the link');

export const invite = z.strictObject({ email, role, display_name: displayName.optional() });
export const invited = member.extend({
  invitation_url: z.string().optional().describe('the link, shown once'),
  mailed: z.boolean().describe('whether the mail server took it too'),
});
export const linkRead = z.strictObject({ token: linkToken });
export const invitation = z.object({
  email: z.string().nullable(),
  display_name: z.string().nullable(),
  role,
  expires_at: timeOut,
  passkeys: z.object({ available: z.boolean(), reason: z.string().nullable() }),
  sso: ssoOffer,
});
export const invitationAccept = z.strictObject({
  token: linkToken,
  display_name: displayName.optional(),
  password: password.optional().describe('this, or a passkey'),
  passkey: z.strictObject({ name: plainText(NAME_LENGTH_MAX), credential: registration }).optional(),
});
export const recoveryRequest = z.strictObject({ email });
export const recovery = z.object({
  email: z.string().nullable(),
  counts_from: timeOut.describe('of owners and admins later than it was asked for'),
  expires_at: timeOut,
});
export const recoveryComplete = z.strictObject({ token: linkToken, new_password: password });
export const recoveryLink = z.object({
  recovery_url: z.string().describe('shown once'),
  expires_at: timeOut,
});

// Access tokens

export const token = z.object({
  token_id: id,
  member_id: id,
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  expires_at: nullableTime,
  created_at: timeOut,
  revoked_at: nullableTime,
});
export const tokenCreated = token.extend({ token: z.string().optional().describe('shown once') });
export const tokenCreate = z.strictObject({
  name: plainText(NAME_LENGTH_MAX),
  scopes: z.array(z.enum(SCOPES)).min(1).optional(),
  expires_at: time.optional(),
  ttl_seconds: z.number().int().min(60).max(TTL_SECONDS_MAX).optional(),
});
