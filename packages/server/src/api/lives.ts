/** The states of what can be ended before its time, and how many of a kind are active, counted over a snapshot. Pure. */
import { isExpired } from '../access/authorize.ts';
import type { AppSnapshot } from '../access/snapshot.ts';

export type LifeState = 'active' | 'expired' | 'revoked';

interface Living {
  readonly revoked_at: Date | null;
  readonly expires_at: Date | null;
}

export function stateOf(row: Living, now: number): LifeState {
  if (row.revoked_at !== null) return 'revoked';
  return isExpired(row, now) ? 'expired' : 'active';
}

/** Of each secret. */
export const activeGrantsOfSecrets = (snapshot: AppSnapshot, now: number): ReadonlyMap<string, number> =>
  countBy(snapshot.all('grants'), (grant) => (stateOf(grant, now) === 'active' ? grant.secret_id : null));

/** Of each agent. */
export const activeGrantsOfAgents = (snapshot: AppSnapshot, now: number): ReadonlyMap<string, number> =>
  countBy(snapshot.all('grants'), (grant) =>
    stateOf(grant, now) === 'active' && grant.principal_type === 'agent' ? grant.principal_id : null,
  );

/** Of each agent. */
export const activeKeysOfAgents = (snapshot: AppSnapshot, now: number): ReadonlyMap<string, number> =>
  countBy(snapshot.all('api_keys'), (key) => (stateOf(key, now) === 'active' ? key.agent_id : null));

export function countBy<T>(rows: Iterable<T>, keyOf: (row: T) => string | null): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
