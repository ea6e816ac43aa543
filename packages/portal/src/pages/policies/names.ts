/** What policies apply to, by name: the lists that pages look ids up in. */
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import type { Policy, Scope } from './draft.ts';
import { scopeOf } from './draft.ts';

/** An app with more than these is rare; any other is named by its id. */
const LISTED_MAX = 200;

export interface Listed {
  readonly id: string;
  readonly name: string;
}

export interface Names {
  /** Those that are not among the listed: by the beginning of their id. */
  readonly nameOf: (scope: Scope) => string;
}

export function useNames(): Names {
  const app = useAppName();
  const can = useCan();
  const args = { params: { app }, query: { limit: LISTED_MAX } };
  const secrets = useApi('listSecrets', args, { enabled: can('secrets:read') }).data;
  const grants = useApi('listGrants', args, { enabled: can('grants:read') }).data;
  const agents = useApi('listAgents', args, { enabled: can('agents:read') }).data;
  const all: readonly Listed[] = [
    ...(secrets?.items ?? []).map((one) => ({ id: one.secret_id, name: one.name })),
    ...(grants?.items ?? []).map((one) => ({ id: one.grant_id, name: grantName(one) })),
    ...(agents?.items ?? []).map((one) => ({ id: one.agent_id, name: one.name })),
  ];
  return {
    nameOf: ({ id }) => all.find((one) => one.id === id)?.name ?? `${id.slice(0, 8)}…`,
  };
}

/** The grants that a policy of this reach judges, and where a call with one of them may go. */
export function useGrants(scope: Scope): {
  readonly grants: readonly Listed[];
  readonly urlOf: (grantId: string) => string;
} {
  const app = useAppName();
  const can = useCan();
  const args = { params: { app }, query: { limit: LISTED_MAX } };
  const grants = useApi('listGrants', args, { enabled: can('grants:read') }).data?.items ?? [];
  const secrets = useApi('listSecrets', args, { enabled: can('secrets:read') }).data?.items ?? [];
  const isReached = (one: (typeof grants)[number]): boolean =>
    scope.to !== 'secret' || one.secret_id === scope.id || scope.id === '';
  return {
    grants: grants
      .filter((one) => one.status === 'active' && isReached(one))
      .map((one) => ({ id: one.grant_id, name: grantName(one) })),
    urlOf: (grantId) => {
      const grant = grants.find((one) => one.grant_id === grantId);
      const secret = secrets.find((one) => one.secret_id === grant?.secret_id);
      const host = secret?.allowed_hosts.find((one) => !one.includes('*'));
      if (secret?.base_url != null) return secret.base_url;
      if (host === undefined) return '';
      return host.includes('://') ? `${host}/` : `https://${host}/`;
    },
  };
}

const grantName = (one: { grant_id: string; label: string | null; secret_name: string }): string =>
  `${one.label ?? one.grant_id.slice(0, 8)} · ${one.secret_name}`;

/** “Secret openai-prod”. */
export function scopeName(to: Policy['applies_to'], names: Names): string {
  const scope = scopeOf(to);
  return scope.to === 'app' ? policies.scopeNames.app : policies.scopeNames[scope.to](names.nameOf(scope));
}

/** Members by name, for who may see them. */
export function useMembers(): readonly Listed[] {
  const can = useCan();
  const list = useApi('listMembers', { query: { limit: LISTED_MAX } }, { enabled: can('members:read') });
  return (list.data?.items ?? []).map((one) => ({
    id: one.member_id,
    name: one.display_name ?? one.email ?? one.member_id,
  }));
}

/** How an approver is called: a role, or a member. */
export function approverName(approver: string, members: readonly Listed[]): string {
  const role = Object.entries(policies.roleNames).find(([name]) => name === approver);
  if (role !== undefined) return role[1].toLowerCase();
  const member = members.find(({ id }) => id === approver);
  return member?.name ?? policies.unknownMember(approver.slice(0, 8));
}
