/** The keyring for owners: what wraps what, and its rotation. */
import { newRequestId } from '../ids.ts';
import type { Queryable } from '../store/database.ts';
import { findOrganization } from '../store/people.ts';
import { appendForPeople, changeEvent, type Change } from './events.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

const DAY_MS = 24 * 3600 * 1000;

/** What an owner would do by hand, when it is time (DESIGN §5). `days` 0: not by age. */
export async function rotateKeyringIfDue(
  parts: Pick<ApiParts, 'db' | 'audit' | 'clock' | 'keyringAdmin' | 'log'>,
  days: number,
): Promise<void> {
  const orgId = await findOrganization(parts.db);
  if (orgId === undefined) return;
  const change = { actor: undefined, requestId: newRequestId(), clock: parts.clock, ip: '' };
  const isBegun = await parts.keyringAdmin.rotateKeyringIfDue(days * DAY_MS, (tx) =>
    appendForPeople(
      parts,
      tx,
      orgId,
      changeEvent(change, 'keyring.rotated', { context: { by: 'schedule' } }),
    ),
  );
  if (isBegun) parts.log.info({}, 'the wrapping key is due: a rotation has begun');
}

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
