/** Apps: the hard boundary. Every other route of an app finds it here, within the actor's organization (I9, I10). */
import type { Actor } from '../access/people.ts';
import { digestOfApp } from '../access/row-macs.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import { findAppById, findAppByName, findAppOfGrant, selectApps, type AppSummary } from '../store/apps.ts';
import { UniqueViolation, type Queryable } from '../store/database.ts';
import { insertApp } from '../store/deciding.ts';
import { boundaryMac } from '../vault/mac.ts';
import { isUuid } from '../ids.ts';
import { changeEvent } from './events.ts';
import { afterOf, page } from './pages.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

/** The app that a path names, by id or name. @throws Refusal `not_found` */
export async function getApp(parts: ApiParts, actor: Actor, named: string): Promise<AppSummary> {
  const app = await getAuditedApp(parts, actor, named);
  if (app.deleted_at !== null) throw new Refusal('not_found');
  return app;
}

/** The same for its log, which stays when the app is deleted: then found by its id alone. @throws Refusal `not_found` */
export async function getAuditedApp(parts: ApiParts, actor: Actor, named: string): Promise<AppSummary> {
  const id = named.toLowerCase();
  const app = isUuid(id)
    ? await findAppById(parts.db, actor.orgId, id)
    : await findAppByName(parts.db, actor.orgId, named);
  if (app === undefined) throw new Refusal('not_found');
  return app;
}

/** The app of a grant that a path names alone. @throws Refusal `not_found` */
export async function getAppOfGrant(parts: ApiParts, actor: Actor, grantId: string): Promise<string> {
  const appId = await findAppOfGrant(parts.db, actor.orgId, grantId);
  if (appId === undefined) throw new Refusal('not_found');
  return appId;
}

/** A new app without rows, in a transaction. */
export async function makeApp(
  parts: ApiParts,
  tx: Queryable,
  orgId: string,
  name: string,
): Promise<AppSummary> {
  const macKey = parts.macKey();
  const app = { app_id: newId(), org_id: orgId, name, created_at: new Date(parts.clock.now()) };
  const digest = digestOfApp(macKey, app).bytes;
  const epoch = 0n;
  await insertApp(tx, {
    ...app,
    epoch,
    digest,
    mac: boundaryMac(macKey, { appId: app.app_id, epoch, digest }),
  });
  return { ...app, deleted_at: null };
}

export const appView = (app: AppSummary) => ({
  app_id: app.app_id,
  name: app.name,
  created_at: app.created_at.toISOString(),
});

export function registerApps(routes: Routes, parts: ApiParts): void {
  routes.route('listApps', async ({ actor, query }) => {
    const rows = await selectApps(parts.db, actor.orgId, afterOf(query.cursor), query.limit + 1);
    return page(rows, query.limit, (app) => app.app_id, appView);
  });

  routes.route('createApp', async ({ actor, body, requestId, ip }) => {
    try {
      const app = await parts.db.transaction(async (tx) => {
        const made = await makeApp(parts, tx, actor.orgId, body.name);
        await parts.boundaries.changeIn(tx, made.app_id, async (draft) =>
          draft.audit(
            changeEvent({ actor, requestId, clock: parts.clock, ip }, 'app.created', {
              context: { app: body.name },
            }),
          ),
        );
        return made;
      });
      return appView(app);
    } catch (error) {
      throw nameTaken(error, 'app');
    }
  });
}

/** A unique name that is taken, as `conflict`; anything else as it was. */
export function nameTaken(error: unknown, noun: string): unknown {
  if (!(error instanceof UniqueViolation)) return error;
  return new Refusal('conflict', {
    message: `There is already ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun} of this name.`,
    hint: 'Choose another name.',
    cause: error,
  });
}
