/**
 * The audit events whose epoch is that of the organization, and not of the app that they stand in: changes of members and
 * access tokens. Word for word the condition of the index `audit_events_people`, which else is not used.
 */
export const PEOPLE_KINDS_SQL = `kind IN ('member.created', 'member.updated', 'member.removed', 'token.created', 'token.revoked')`;
