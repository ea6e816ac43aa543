/**
 * The audit events whose epoch is that of the organization, and not of the app that they stand in: changes of members, of
 * what they come in with, and of access tokens. A change of people that told of another kind would be taken for one of the
 * app, and the app for rolled back.
 */
export const PEOPLE_KINDS = [
  'member.created',
  'member.updated',
  'member.removed',
  'token.created',
  'token.revoked',
  'member.invited',
  'member.joined',
  'password.changed',
  'password.recovered',
  'totp.enabled',
  'totp.disabled',
  'recovery_codes.replaced',
  'recovery_code.used',
  'second_factor.reset',
  'passkey.added',
  'passkey.renamed',
  'passkey.removed',
  'identity.linked',
  'identity.unlinked',
  'recovery.requested',
] as const;
export type PeopleKind = (typeof PEOPLE_KINDS)[number];

/** Word for word the condition of the index `audit_events_people`, which else is not used. Calls and their approvals have a mode, and are passed over by that. */
export const PEOPLE_EVENTS_SQL = `mode IS NULL AND kind IN (${PEOPLE_KINDS.map((kind) => `'${kind}'`).join(', ')})`;
