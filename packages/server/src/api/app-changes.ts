/**
 * An app gets another name, or ends. At its end everything in it ends in one transaction, its credentials are shredded, and from its commit on no server
 * lets a call of it through (I12). What stays is its row and its log.
 */
import type { Draft } from '../access/boundaries.ts';
import type { Unsealed } from '../access/row-macs.ts';
import { Refusal } from '../refusal.ts';
import { endApp, findHomeApp, type AppSummary } from '../store/apps.ts';
import { deleteChannelsOf } from '../store/channels.ts';
import { decidingId, selectAllDeciding, type DecidingRows } from '../store/deciding.ts';
import { deleteVersions } from '../store/secret-versions.ts';
import { appView, getApp, nameTaken } from './apps.ts';
import { changeEvent, type Change } from './events.ts';
import { revokeTree } from './grants.ts';
import { NO_OVERLAP } from './overlap.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

export function registerAppChanges(routes: Routes, parts: ApiParts): void {
  routes.route('changeApp', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    if (body.name === app.name) return appView(app);
    try {
      await parts.boundaries.change(app.app_id, async (draft) => {
        await draft.rename(body.name);
        const context = { app: body.name, before: app.name };
        draft.audit(changeEvent({ actor, requestId, clock: parts.clock, ip }, 'app.updated', { context }));
      });
    } catch (error) {
      throw nameTaken(error, 'app');
    }
    return appView({ ...app, name: body.name });
  });

  routes.route('deleteApp', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    await deleteApp(parts, app, { actor, requestId, clock: parts.clock, ip });
    return undefined;
  });
}

async function deleteApp(parts: ApiParts, app: AppSummary, change: Change): Promise<void> {
  if ((await findHomeApp(parts.db, app.org_id)) === app.app_id)
    throw new Refusal('conflict', {
      message: 'The first app of the organization can not be deleted: the log of its people stands in it.',
      hint: 'Rename it, or delete what is in it.',
    });
  await parts.boundaries.change(app.app_id, async (draft) => {
    const now = new Date(change.clock.now());
    const grants = await revokeTree(draft, now, 'app deleted', () => true);
    const keys = await endAll(draft, 'api_keys', (key) => key.revoked_at === null, { revoked_at: now });
    const agents = await endAll(draft, 'agents', isLive, { deleted_at: now });
    const policies = await endAll(draft, 'policies', isLive, { deleted_at: now });
    const gone = { ...NO_OVERLAP, deleted_at: now, fingerprints: [] };
    const secrets = await endAll(draft, 'secrets', isLive, gone);
    for (const { secret_id: id } of secrets) await deleteVersions(draft.tx, draft.appId, id, null);
    const channels = await deleteChannelsOf(draft.tx, draft.appId);
    await endApp(draft.tx, draft.appId, now);
    const context = {
      app: app.name,
      secrets: secrets.length,
      grants: grants.length,
      keys: keys.length,
      agents: agents.length,
      policies: policies.length,
      channels: channels.length,
    };
    draft.audit(changeEvent(change, 'app.deleted', { context }));
  });
}

const isLive = (row: { readonly deleted_at: Date | null }): boolean => row.deleted_at === null;

/** Changes each row that `isChosen`, read under its MAC; answers them. */
async function endAll<Name extends 'agents' | 'api_keys' | 'secrets' | 'policies'>(
  draft: Draft,
  name: Name,
  isChosen: (row: DecidingRows[Name]) => boolean,
  end: Partial<Unsealed<Name>>,
): Promise<DecidingRows[Name][]> {
  const ended: DecidingRows[Name][] = [];
  for (const found of await selectAllDeciding(draft.tx, name, draft.appId)) {
    if (!isChosen(found)) continue;
    const row = await draft.get(name, decidingId(name, found));
    if (row !== undefined) ended.push(await draft.update(name, row, end));
  }
  return ended;
}
