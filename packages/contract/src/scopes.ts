/** Roles and the scopes of access tokens (WIRE §2). A token holds at most what its member's role holds. */

export const SCOPES = [
  'apps:read',
  'apps:write',
  'keys:read',
  'keys:write',
  'agents:read',
  'agents:write',
  'secrets:read',
  'secrets:write',
  'grants:read',
  'grants:write',
  'policies:read',
  'policies:write',
  'approvals:read',
  'approvals:decide',
  'channels:read',
  'channels:write',
  'audit:read',
  'audit:erase',
  'members:read',
  'members:write',
  'settings:read',
  'settings:write',
  'keyring:read',
  'keyring:rotate',
] as const;
export type Scope = (typeof SCOPES)[number];

export const ROLES = ['owner', 'admin', 'developer', 'approver', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

const READ_ALL = SCOPES.filter((scope) => scope.endsWith(':read'));

/** What each role may do at most. */
export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  owner: SCOPES,
  admin: SCOPES.filter((scope) => !scope.startsWith('keyring:')),
  developer: [
    'apps:read',
    'keys:read',
    'keys:write',
    'agents:read',
    'agents:write',
    'secrets:read',
    'secrets:write',
    'grants:read',
    'grants:write',
    'policies:read',
    'policies:write',
    'approvals:read',
    'channels:read',
    'channels:write',
    'audit:read',
  ],
  approver: [
    'apps:read',
    'agents:read',
    'secrets:read',
    'grants:read',
    'policies:read',
    'approvals:read',
    'approvals:decide',
  ],
  auditor: READ_ALL,
};
