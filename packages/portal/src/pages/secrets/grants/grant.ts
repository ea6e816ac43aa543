/** What is to be said of a grant. Pure. */
import type { ItemOf } from '../../../api/queries.ts';
import { grants } from '../../../texts/grants.ts';
import type { Tone } from '../../../ui/layout.tsx';

export type Grant = ItemOf<'listGrants'>;

export const STATE_TONES: Readonly<Record<Grant['status'], Tone>> = {
  active: 'ok',
  expired: 'neutral',
  revoked: 'bad',
};

/** How people call it: by its label, else by the beginning of its id. */
export const nameOf = (grant: Pick<Grant, 'label' | 'grant_id'>): string =>
  grant.label ?? grant.grant_id.slice(0, 8);

export function principalOf({ principal, agent_name: agent }: Grant): string {
  if (principal.type === 'system') return grants.principals.system;
  return grants.principal(grants.principals[principal.type], agent ?? principal.id ?? '');
}

/** How many of the given grants hang below one, and are not over yet. */
export function activeBelow(all: readonly Grant[], grantId: string): number {
  const children = all.filter((one) => one.cloned_from === grantId);
  return children.reduce(
    (sum, one) => sum + (one.status === 'active' ? 1 : 0) + activeBelow(all, one.grant_id),
    0,
  );
}
