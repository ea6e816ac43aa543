/** What ids are called: of secrets, agents, keys and members, for whoever may read them. Others are shown by their id. */
import { useMemo } from 'react';
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';

const LIMIT = 200;

export interface Names {
  readonly nameOf: (id: string) => string | undefined;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

export function useNames(app: string): Names {
  const can = useCan();
  const args = { params: { app }, query: { limit: LIMIT } };
  const secrets = useApi('listSecrets', args, { enabled: can('secrets:read') }).data;
  const agents = useApi('listAgents', args, { enabled: can('agents:read') }).data;
  const keys = useApi('listKeys', args, { enabled: can('keys:read') }).data;
  const members = useApi('listMembers', { query: { limit: LIMIT } }, { enabled: can('members:read') }).data;
  return useMemo(() => {
    const names = new Map([
      ...(secrets?.items ?? []).map(({ secret_id: id, name }) => [id, name] as const),
      ...(agents?.items ?? []).map(({ agent_id: id, name }) => [id, name] as const),
      ...(keys?.items ?? []).map(({ key_id: id, name }) => [id, name] as const),
      ...(members?.items ?? []).map(({ member_id: id, email }) => [id, email ?? id] as const),
    ]);
    return { nameOf: (id) => names.get(id) };
  }, [secrets, agents, keys, members]);
}

/** An id that nobody knows a name of, short enough for a row. */
export const shortId = (id: string): string => `${id.slice(0, 8)}…${id.slice(-4)}`;
