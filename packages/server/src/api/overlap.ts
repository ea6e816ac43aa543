/**
 * The overlap of a credential's rotation: for a while the version before stays beside the current one, for upstreams that
 * don't know the new one yet. It is bound to exactly the destinations of the current one, and is shredded when the
 * overlap ends, whichever way it ends.
 */
import { bindingOf } from '../access/binding.ts';
import type { Draft } from '../access/boundaries.ts';
import { newRequestId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import type { SecretRow } from '../store/deciding.ts';
import { deleteVersion, selectOverlapsOver } from '../store/secret-versions.ts';
import { changeEvent, type Change } from './events.ts';
import type { ApiParts } from './parts.ts';

export type Overlap = Pick<SecretRow, 'overlap_until' | 'previous_fingerprints'>;

export const NO_OVERLAP: Overlap = { overlap_until: null, previous_fingerprints: null };

/** Overlaps that are ended at once; the rest comes with the next turn. */
const BATCH = 100;

/** Of a rotation from `before` to `after`, by the database's clock. @throws Refusal `invalid_request` */
export function overlapFor(
  deploymentId: string,
  before: SecretRow,
  after: Pick<SecretRow, 'fields' | 'injection' | 'allowed_hosts' | 'allow_any_host' | 'delivery'>,
  of: { readonly seconds: number; readonly now: number },
): Overlap {
  if (of.seconds === 0) return NO_OVERLAP;
  const [from, to] = [bindingOf(deploymentId, before), bindingOf(deploymentId, { ...before, ...after })];
  const hasSameFields = before.fields.join() === after.fields.join();
  if (!hasSameFields || !from.destinations.equals(to.destinations)) {
    throw new Refusal('invalid_request', {
      issues: [
        {
          path: 'overlap_seconds',
          message:
            'is possible only where the new credential has the same fields and goes to the same places',
        },
      ],
    });
  }
  return {
    overlap_until: new Date(Math.floor(of.now) + of.seconds * 1000),
    previous_fingerprints: before.fingerprints,
  };
}

/** Shreds what the overlap of `before` kept, where there was one; the row is the caller's to change. */
export async function endOverlap(draft: Draft, change: Change, before: SecretRow): Promise<void> {
  if (before.overlap_until === null) return;
  await deleteVersion(draft.tx, draft.appId, before.secret_id, before.version - 1);
  draft.audit(
    changeEvent(change, 'secret.overlap_ended', {
      secretId: before.secret_id,
      provider: before.template ?? before.name,
      context: {
        secret: before.name,
        version: before.version - 1,
        overlap_until: before.overlap_until.toISOString(),
      },
    }),
  );
}

/** Shreds the version before now, at an operator's word. */
export async function endOverlapNow(draft: Draft, change: Change, secret: SecretRow): Promise<void> {
  if (secret.overlap_until === null) return;
  await draft.update('secrets', secret, NO_OVERLAP);
  await endOverlap(draft, change, secret);
}

/** Ends the overlaps whose time is over. Safe on several servers at once: the app's lock decides who does it. */
export async function endOverlapsOver(parts: Pick<ApiParts, 'db' | 'boundaries' | 'clock'>): Promise<number> {
  const over = await selectOverlapsOver(parts.db, BATCH);
  for (const { app_id, secret_id } of over) {
    const change: Change = { actor: undefined, requestId: newRequestId(), clock: parts.clock, ip: null };
    await parts.boundaries.change(app_id, async (draft) => {
      const secret = await draft.get('secrets', secret_id);
      if (secret === undefined || secret.overlap_until === null) return;
      if (secret.overlap_until.getTime() > parts.clock.now()) return;
      await endOverlapNow(draft, change, secret);
    });
  }
  return over.length;
}
