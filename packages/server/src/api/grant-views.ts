/** How grants are shown: their state, their place in the tree of clones, and why they are proxy-only. No I/O. */
import { anyKeyFor } from '../access/explain.ts';
import { policiesFor, proxyOnlyBecause } from '../access/policies/policies.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import type { GrantRow } from '../store/deciding.ts';
import { countBy, stateOf } from './lives.ts';

const iso = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;

/** The ids from the grant that was no clone down to this one; each clone was made in the app of its source. */
export function lineOf(snapshot: AppSnapshot, grant: GrantRow): string[] {
  const line = [grant.grant_id];
  let next = grant.cloned_from;
  while (next !== null && !line.includes(next)) {
    line.unshift(next);
    next = snapshot.grant(next)?.cloned_from ?? null;
  }
  return line;
}

/** Each source before its clones, older ones first: ids grow with time. */
export function inTreeOrder(snapshot: AppSnapshot, grants: readonly GrantRow[]): GrantRow[] {
  const keys = new Map(grants.map((grant) => [grant, lineOf(snapshot, grant).join('/')]));
  const keyOf = (grant: GrantRow): string => keys.get(grant) ?? '';
  return grants.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** A page in tree order begins after where the cursor's grant stands, whether that is still among them or not. */
export function treePage(
  snapshot: AppSnapshot,
  grants: readonly GrantRow[],
  after: string,
  limit: number,
): GrantRow[] {
  const ordered = inTreeOrder(snapshot, grants);
  const last = snapshot.grant(after);
  if (last === undefined) return ordered.slice(0, limit + 1);
  const key = lineOf(snapshot, last).join('/');
  return ordered.filter((grant) => lineOf(snapshot, grant).join('/') > key).slice(0, limit + 1);
}

function proxyOnly(snapshot: AppSnapshot, grant: GrantRow): string | undefined {
  if (snapshot.secret(grant.secret_id)?.delivery === 'proxy_only') {
    return 'The secret is delivered in proxy mode only.';
  }
  return proxyOnlyBecause(policiesFor(snapshot, anyKeyFor(grant), grant));
}

const nameOfAgent = (snapshot: AppSnapshot, id: string | null): string | null =>
  id === null ? null : (snapshot.agent(id)?.name ?? null);

/** Shows grants of one snapshot; what is counted over all of them is counted once. */
export function grantViewer(snapshot: AppSnapshot, now: number, used: ReadonlyMap<string, Date>) {
  const clones = countBy(snapshot.all('grants'), (grant) => grant.cloned_from);
  const policies = countBy(snapshot.all('policies'), (policy) =>
    policy.deleted_at === null && policy.applies_to_type === 'grant' ? policy.applies_to_id : null,
  );
  return (grant: GrantRow) => {
    const because = proxyOnly(snapshot, grant);
    return {
      grant_id: grant.grant_id,
      secret_id: grant.secret_id,
      secret_name: snapshot.secret(grant.secret_id)?.name ?? '',
      principal: { type: grant.principal_type, id: grant.principal_id },
      agent_name: grant.principal_type === 'agent' ? nameOfAgent(snapshot, grant.principal_id) : null,
      label: grant.label,
      status: stateOf(grant, now),
      cloned_from: grant.cloned_from,
      expires_at: iso(grant.expires_at),
      created_at: grant.created_at.toISOString(),
      revoked_at: iso(grant.revoked_at),
      revoke_reason: grant.revoke_reason,
      last_used_at: iso(used.get(grant.grant_id)),
      depth: lineOf(snapshot, grant).length - 1,
      clones: clones.get(grant.grant_id) ?? 0,
      policies: policies.get(grant.grant_id) ?? 0,
      delivery: because === undefined ? ('any' as const) : ('proxy_only' as const),
      proxy_only_because: because ?? null,
    };
  };
}
