/** The keyring for owners: what wraps what, and its rotation. */
import type { Queryable } from '../store/database.ts';
import { appendForPeople, changeEvent, type Change } from './events.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

export function registerKeyring(routes: Routes, parts: ApiParts): void {
  const audited = (orgId: string, change: Change, kind: `${string}.${string}`) => async (tx: Queryable) => {
    await appendForPeople(parts, tx, orgId, changeEvent(change, kind));
  };

  routes.route('getKeyring', () => parts.keyringAdmin.state());

  routes.route('rotateKeyring', async ({ actor, requestId, ip }) => {
    await parts.keyringAdmin.rotateKeyring(
      audited(actor.orgId, { actor, requestId, clock: parts.clock, ip }, 'keyring.rotated'),
    );
    return parts.keyringAdmin.state();
  });

  routes.route('rotateRootKey', ({ actor, requestId, ip }) =>
    parts.keyringAdmin.rotateRootKey(
      audited(actor.orgId, { actor, requestId, clock: parts.clock, ip }, 'root_key.rotated'),
    ),
  );
}
