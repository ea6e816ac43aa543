/** Fields of an AWS credential that say which role is assumed, and how (WIRE §5): the same for the vault and for forms. */
export const ROLE_FIELDS = [
  'role_arn',
  'external_id',
  'session_name',
  'duration_seconds',
  'session_policy',
  'session_tags',
  'sts_endpoint',
] as const;
export type RoleField = (typeof ROLE_FIELDS)[number];
export const isRoleField = (name: string): name is RoleField => ROLE_FIELDS.some((field) => field === name);
